"""From the images of a complete study to the instances that are delivered."""

import threading
from datetime import datetime
from typing import Any

from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.errors import DecodeError
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import FHIR_SUFFIX, Spool
from fundusfm.listen.tables import Image
from fundusfm.screening.dicom.instance import ScreenedImage, screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.source import source_header
from fundusfm.screening.dicom.study_report import encapsulated_pdf, pdf_uid, person_of_study
from fundusfm.screening.documents.fhir import diagnostic_report
from fundusfm.screening.documents.pdf import person_report
from fundusfm.screening.screener import FAILED


class StudyScreening:
    """Screens study by study; each image is noted as soon as it is done.

    Args:
        journal: What there is to do.
        spool: Where files are.
        log: Where events go.
        screener: The model.
        label: Label whose evidence overlays show.
        overlays: Whether to draw any.
        pdf: Whether to write a PDF per study.
        fhir: Whether to write a FHIR bundle per study.
        patient_system: URI of the system that patients' identifiers belong to, for FHIR.
    """

    def __init__(
        self, journal: StudyJournal, spool: Spool, log: EventLog, screener: ReportScreener, *, label: str | None,
        overlays: bool, pdf: bool = True, fhir: bool = False, patient_system: str = "",
    ) -> None:  # fmt: skip
        self._pdf, self._fhir, self._patient_system = pdf, fhir, patient_system
        self._journal, self._spool, self._log = journal, spool, log
        self._screener, self._label, self._overlays = screener, label, overlays

    def step(self, stop: threading.Event) -> bool:
        """Screens one study; False where none is complete.

        Args:
            stop: Ends the work after the image at hand.
        """
        found = self._journal.to_screen()
        if found is None:
            return False
        study, uid = found
        for image in self._journal.unscreened(study):
            if stop.is_set():
                return True
            self._one(study, image)
        if self._journal.screened(study, self._documents(study, uid)):
            self._log.write("screened", study=uid)
        return True

    def _documents(self, study: int, uid: str) -> list[tuple[str, str]]:
        """Writes the PDF and the FHIR bundle about the images whose files are here; name and place of each."""
        if not (self._pdf or self._fhir):
            return []
        here = [(image, rows) for image, rows in self._journal.screened_images(study)
                if any(row.get("report") for row in rows) and (self._spool.path / image.file).exists()]  # fmt: skip
        name = pdf_uid(uid, [image.uid for image, _ in here], self._screener.identity)
        if not here or self._journal.has_result(name) or self._journal.has_result(f"{name}{FHIR_SUFFIX}"):
            return []
        try:
            images = [
                (read_dataset((self._spool.path / image.file).read_bytes(), image.uid), rows) for image, rows in here
            ]
            person = person_of_study(images, self._screener, now=datetime.now().astimezone())
            content = person_report(person)
            headers = [source_header(dataset, image.uid) for (dataset, _), (image, _) in zip(images, here, strict=True)]
            pdf = encapsulated_pdf(headers, person, self._screener.identity, content)
        except (AttributeError, LookupError, TypeError, ValueError, DecodeError) as error:
            # Of a header that breaks rules; the structured reports, which leave such values out, go their way.
            self._log.write("no_document", study=uid, error=type(error).__name__)
            return []
        made = [(name, self._spool.keep_result(pdf))] if self._pdf else []
        if self._fhir:
            bundle = diagnostic_report(person, pdf=content if self._pdf else None, patient_system=self._patient_system)
            made.append((f"{name}{FHIR_SUFFIX}", self._spool.keep_fhir(name, bundle)))
        return made

    def _one(self, study: int, image: Image) -> None:
        if not self._journal.begin(image):
            reason = f"{image.uid}: the program ended each time that this image was screened; look at it apart."
            self._journal.add_rows(study, image, [self._failed(image, reason)], [])
            return
        try:
            screened = self._screen(image)
            results = [(str(one.SOPInstanceUID), self._spool.keep_result(one)) for one in screened.derived]
        except OSError:
            self._journal.not_begun(image)
            raise
        self._journal.add_rows(study, image, screened.rows, results)
        for row in screened.rows:
            self._log.write("image", instance=image.uid, frame=row["frame"], status=row["status"],
                            refer=row.get("refer") or "", reason=row.get("reason") or "")  # fmt: skip

    def _screen(self, image: Image) -> ScreenedImage:
        try:
            dataset = read_dataset((self._spool.path / image.file).read_bytes(), image.uid)
        except DecodeError as error:
            return ScreenedImage([self._failed(image, str(error))])
        except FileNotFoundError:
            return ScreenedImage([self._failed(image, f"{image.uid}: its file is no longer in the spool.")])
        return screen_instance(dataset, image.uid, self._screener, label=self._label, overlays=self._overlays)

    def _failed(self, image: Image, reason: str) -> dict[str, Any]:
        row = {"image": image.uid, "frame": 1, "instance": image.uid, "status": FAILED, "reason": reason}
        return row | self._screener.provenance
