"""The spool: received files and results, until they are delivered."""

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundusfm.runs import remove_leftovers, write_atomic

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

JOURNAL = "journal.sqlite"
DICOM_SUFFIX, FHIR_SUFFIX = ".dcm", ".json"
_RECEIVED, _RESULTS = "received", "results"
_GIGABYTE = 1e9


class Spool:
    """The folder of one service.

    Args:
        path: The folder; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        for folder in (_RECEIVED, _RESULTS):
            (path / folder).mkdir(parents=True, exist_ok=True)

    @property
    def journal(self) -> Path:
        """File of the journal."""
        return self.path / JOURNAL

    @property
    def free_gigabytes(self) -> float:
        """Free space of the disk, in GB."""
        return shutil.disk_usage(self.path).free / _GIGABYTE

    def keep_received(self, uid: str, content: bytes) -> str:
        """Writes a received file; when this returns, a power cut does not lose it.

        Args:
            uid: SOP Instance UID, as the sender states it.
            content: The whole file.

        Returns:
            Where it is, below the folder.
        """
        return self._keep(_RECEIVED, uid, DICOM_SUFFIX, content)

    def keep_result(self, instance: "Dataset") -> str:
        """Writes an instance that is to be delivered, equally durably.

        Returns:
            Where it is, below the folder.
        """
        from io import BytesIO

        file = BytesIO()
        instance.save_as(file, enforce_file_format=True)
        return self._keep(_RESULTS, str(instance.SOPInstanceUID), DICOM_SUFFIX, file.getvalue())

    def keep_fhir(self, name: str, bundle: Mapping[str, Any]) -> str:
        """Writes a FHIR bundle that is to be delivered, equally durably.

        Returns:
            Where it is, below the folder.
        """
        return self._keep(_RESULTS, name, FHIR_SUFFIX, json.dumps(bundle, ensure_ascii=False).encode())

    def remove(self, places: Collection[str]) -> None:
        """Removes files, where they are still there."""
        for place in places:
            (self.path / place).unlink(missing_ok=True)

    def tidy(self, wanted: Collection[str]) -> None:
        """Removes what a kill left behind: incomplete files, and files that the journal does not know or need.

        Args:
            wanted: Places of the files that stay.
        """
        for folder in (_RECEIVED, _RESULTS):
            remove_leftovers(self.path / folder)
            for file in (self.path / folder).iterdir():
                if f"{folder}/{file.name}" not in wanted:
                    file.unlink()

    def _keep(self, folder: str, uid: str, suffix: str, content: bytes) -> str:
        # A UID comes from outside and may hold anything.
        place = f"{folder}/{hashlib.sha256(uid.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}{suffix}"
        write_atomic(self.path / place, content)
        _flush_folder(self.path / folder)
        return place


def _flush_folder(folder: Path) -> None:
    """Waits until a new name in a folder is on the disk, where the system has a way to."""
    if os.name == "nt":  # folders cannot be opened; NTFS journals names itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
