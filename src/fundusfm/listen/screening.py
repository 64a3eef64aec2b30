"""From the images of a complete study to the instances that are delivered."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.errors import AuditError, DecodeError
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import FHIR_SUFFIX, Spool
from fundusfm.listen.tables import Image
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.audit.record import TRACE, record
from fundusfm.screening.audit.trace import Trace, sop_trace
from fundusfm.screening.dicom.instance import ScreenedImage, rows_from_one_eye, screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.source import source_header
from fundusfm.screening.dicom.study_report import encapsulated_pdf, pdf_uid, person_of_study
from fundusfm.screening.documents.fhir import diagnostic_report
from fundusfm.screening.documents.pdf import person_report
from fundusfm.screening.screener import FAILED

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_FEW_ATTEMPTS = 3
"""So often an image may have been begun and still count as the fellow eye of others."""


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
        audit: What every frame is logged in before its results are delivered; the screener's rows are traced then.
    """

    def __init__(
        self, journal: StudyJournal, spool: Spool, log: EventLog, screener: ReportScreener, *, label: str | None,
        overlays: bool, pdf: bool = True, fhir: bool = False, patient_system: str = "", audit: AuditLog | None = None,
    ) -> None:  # fmt: skip
        self._audit = audit
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
        alone = self._from_one_eye(study, stop)
        for image in self._journal.unscreened(study):
            if stop.is_set():
                return True
            self._one(study, image, alone)
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
            images = [(self._read(image), rows) for image, rows in here]
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

    def _from_one_eye(self, study: int, stop: threading.Event) -> list[dict[str, Any]]:
        """Returns the rows of the images whose files are here, each scored alone; none where no fellow eye counts."""
        rows: list[dict[str, Any]] = []
        if self._screener.bundle.card.both_eyes is None:
            return rows
        waiting = self._journal.unscreened(study)
        # What ended the program several times must not keep the other images of its study from being screened.
        for image in [*(one for one in waiting if one.attempts < _FEW_ATTEMPTS), *self._screened(study, waiting)]:
            if stop.is_set():
                break
            self._journal.begin(image)
            try:
                rows += rows_from_one_eye(self._read(image), image.uid, self._screener)
            except (DecodeError, FileNotFoundError):
                pass  # its row says so
            except OSError:
                self._journal.not_begun(image)
                raise
            self._journal.not_begun(image)
        return rows

    def _screened(self, study: int, waiting: Sequence[Image]) -> list[Image]:
        """Returns the images that have rows already, where others wait for theirs."""
        return [image for image, _ in self._journal.screened_images(study)] if waiting else []

    def _one(self, study: int, image: Image, alone: Sequence[Mapping[str, Any]]) -> None:
        if not self._journal.begin(image):
            reason = f"{image.uid}: the program ended each time that this image was screened; look at it apart."
            rows = [self._failed(image, reason)]
            self._add_to_audit_log(image, rows)
            self._journal.add_rows(study, image, rows, [])
            return
        try:
            screened = self._screen(image, alone)
            results = [(str(one.SOPInstanceUID), self._spool.keep_result(one)) for one in screened.derived]
            self._add_to_audit_log(image, screened.rows)
        except (OSError, AuditError):
            self._journal.not_begun(image)
            raise
        self._journal.add_rows(study, image, screened.rows, results)
        for row in screened.rows:
            self._log.write("image", instance=image.uid, frame=row["frame"], status=row["status"],
                            refer=row.get("refer") or "", reason=row.get("reason") or "")  # fmt: skip

    def _add_to_audit_log(self, image: Image, rows: Sequence[dict[str, Any]]) -> None:
        """Logs the frames of an image, where a log is kept, and takes from the rows what only the log holds."""
        ensemble, point = self._screener.screener.ensemble, self._screener.screener.operating_point
        lines = []
        for row in rows:
            trace: Trace = row.pop(TRACE, Trace())
            known = sop_trace(image.uid, int(row["frame"]))
            traced = row | {TRACE: replace(known, seconds=trace.seconds, distance=trace.distance)}
            lines.append(record(traced, thresholds=ensemble.thresholds, operating_point=point, rule=ensemble.rule))
        if self._audit is not None:
            self._audit.add(lines)

    def _read(self, image: Image) -> "Dataset":
        return read_dataset((self._spool.path / image.file).read_bytes(), image.uid)

    def _screen(self, image: Image, alone: Sequence[Mapping[str, Any]]) -> ScreenedImage:
        try:
            dataset = self._read(image)
        except DecodeError as error:
            return ScreenedImage([self._failed(image, str(error))])
        except FileNotFoundError:
            return ScreenedImage([self._failed(image, f"{image.uid}: its file is no longer in the spool.")])
        return screen_instance(
            dataset, image.uid, self._screener, label=self._label, overlays=self._overlays, study=alone
        )

    def _failed(self, image: Image, reason: str) -> dict[str, Any]:
        row = {"image": image.uid, "frame": 1, "instance": image.uid, "status": FAILED, "reason": reason}
        return row | self._screener.provenance
