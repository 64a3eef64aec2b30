"""From the images of a complete study to the instances that are delivered."""

import threading
from typing import Any

from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.errors import DecodeError
from fundusfm.listen.journal import Image, StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import Spool
from fundusfm.screening.dicom.instance import ScreenedImage, screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener
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
    """

    def __init__(
        self, journal: StudyJournal, spool: Spool, log: EventLog, screener: ReportScreener, *, label: str | None,
        overlays: bool,
    ) -> None:  # fmt: skip
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
        if self._journal.screened(study):
            self._log.write("screened", study=uid)
        return True

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
