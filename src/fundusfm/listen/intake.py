"""Intake of received files: each is read, checked and on the disk before its sender is answered."""

import hashlib
import sqlite3
import threading
from enum import StrEnum
from typing import TYPE_CHECKING

from fundusfm.data.dicom.dataset import DAMAGE, is_dicom, read_dataset
from fundusfm.data.dicom.header import header_text, read_header
from fundusfm.errors import DecodeError
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import Spool
from fundusfm.screening.dicom.structured_report import MANUFACTURER

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_META_LENGTH = b"\x02\x00\x00\x00UL\x04\x00"


class Reception(StrEnum):
    """Whether a file was taken, and why not."""

    TAKEN = "taken"
    KNOWN = "known"
    OWN = "own"
    FULL = "full"
    DIFFERENT = "different"
    UNREADABLE = "unreadable"
    UNFILED = "unfiled"
    NO_IMAGE = "no_image"


_SAID = {
    Reception.KNOWN: "it was received before",
    Reception.OWN: "a result of this service, which is not screened",
    Reception.FULL: "too much is waiting, or the disk is nearly full",
    Reception.DIFFERENT: "another image was received under this UID before",
    Reception.UNREADABLE: "no DICOM file, or a damaged one",
    Reception.UNFILED: "no study or no instance UID, so a report could not be filed",
    Reception.NO_IMAGE: "not an image",
}


class Intake:
    """Takes images from senders and watched folders.

    Args:
        spool: Keeps the files.
        journal: Notes them.
        log: Receives events.
        most_waiting: Images that may wait for delivery.
        free_gigabytes: Disk space to keep free, in GB.
    """

    def __init__(
        self, spool: Spool, journal: StudyJournal, log: EventLog, *, most_waiting: int, free_gigabytes: float
    ) -> None:
        self._spool, self._journal, self._log = spool, journal, log
        self._most_waiting, self._free = most_waiting, free_gigabytes
        self._lock = threading.Lock()

    def take(self, content: bytes, origin: str) -> Reception:
        """Keeps a file; after `TAKEN` a power cut does not lose it.

        Args:
            content: The whole file.
            origin: Who sent it, for journal and log.
        """
        try:
            if not is_dicom(content):
                return self._refused(Reception.UNREADABLE, origin)
            header = read_dataset(content, origin)
        except DecodeError:
            return self._refused(Reception.UNREADABLE, origin)
        if _is_cut(header):
            return self._refused(Reception.UNREADABLE, origin)
        known = read_header(header)
        if not known.study or not known.instance:
            return self._refused(Reception.UNFILED, origin, known.instance)
        if "Rows" not in header:
            return self._refused(Reception.NO_IMAGE, origin, known.instance)
        if header_text(header, "Manufacturer") == MANUFACTURER:
            # An archive that passes on all it gets would otherwise send overlays back for ever.
            return self._refused(Reception.OWN, origin, known.instance)
        sha256 = hashlib.sha256(_data_set(content)).hexdigest()
        with self._lock:
            if (before := self._journal.sha256_of(known.instance)) is not None:
                outcome = Reception.KNOWN if before == sha256 else Reception.DIFFERENT
                return self._refused(outcome, origin, known.instance)
            if self.is_full():
                return self._refused(Reception.FULL, origin, known.instance)
            try:
                place = self._spool.keep_received(known.instance, content)
                self._journal.add_image(known.study, known.instance, file=place, sha256=sha256, origin=origin)
            except (OSError, sqlite3.OperationalError) as error:
                self._log.write("not_kept", error=type(error).__name__)
                return self._refused(Reception.FULL, origin, known.instance)
        self._log.write("received", study=known.study, instance=known.instance, origin=origin, bytes=len(content))
        return Reception.TAKEN

    def is_full(self) -> bool:
        """Whether a further image would be refused."""
        return self._journal.waiting() >= self._most_waiting or self._spool.free_gigabytes < self._free

    def _refused(self, outcome: Reception, origin: str, instance: str = "") -> Reception:
        self._log.write("not_taken", outcome=outcome.value, reason=_SAID[outcome], instance=instance, origin=origin)
        return outcome


def _is_cut(dataset: "Dataset") -> bool:
    """Whether uncompressed pixels end early, as in a file that is still being copied; others mark their own end."""
    try:
        if dataset.file_meta.TransferSyntaxUID.is_encapsulated or "_42" in str(dataset.PhotometricInterpretation):
            return False
        pixels = read_header(dataset).frames * int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel)
        return 0 < len(dataset.PixelData) < pixels * int(dataset.BitsAllocated) // 8
    except DAMAGE:  # screening reports whatever else is wrong
        return False


def _data_set(content: bytes) -> bytes:
    """Returns a file without its meta information, which senders fill differently for one and the same image."""
    if content[132:140] != _META_LENGTH:
        return content
    return content[144 + int.from_bytes(content[140:144], "little") :]
