"""Where one photograph is, and how its bytes are read; light, because every worker process imports it."""

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fundusfm.data.decode.archive import read_member
from fundusfm.data.decode.image import read_bytes
from fundusfm.data.dicom.dataset import is_dicom, read_dataset
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.names import file_name, shown

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Source:
    """Where one photograph is; small, and sent to the process that reads it.

    Attributes:
        name: What its row is called: the path as given, as in the manifest, or ARCHIVE/MEMBER; with the frame.
        path: The file, or the archive; may hold bytes that are not UTF-8, see `fundusfm.names`.
        member: Name within the archive; empty for a file.
        entry: Place in the archive's directory, from 0: two members may have one name.
        frame: Number of the photograph in a file that holds several, from 1; 0 for every other file.
        columns: Columns of the manifest's row or of the DICOM header, as text; roll-ups group by them.
        kind: Format told from the first bytes, such as `JPEG` or `DICOM`; empty where they tell none.
        doubt: What contradicts what about the eye; empty where nothing does.
    """

    name: str
    path: str
    member: str = ""
    entry: int = 0
    frame: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    doubt: str = ""

    def picture_name(self, number: int) -> str:
        """Returns what pictures of it are called, without a suffix: such as `0006_eye`, or `0006_eye_frame_2`.

        Args:
            number: Its place among the photographs, from 0.
        """
        file = Path(self.member or self.path or self.name).stem
        return file_name(f"{number:04d}_{file}" + (f"_frame_{self.frame}" if self.frame else ""))

    def read(self) -> Photograph:
        """Reads the photograph's bytes.

        Raises:
            DecodeError: The file or archive is missing, damaged or encrypted.
        """
        if not self.frame:
            return Photograph(self.name, _content(self.path, self.member, self.entry))
        content = _shared_content(self.path, self.member, self.entry)
        if is_dicom(content):
            dataset = _shared_dataset(self.path, self.member, self.entry)
            return Photograph(self.name, dataset=dataset, frame=self.frame)
        return Photograph(self.name, content, frame=self.frame)


@functools.lru_cache(maxsize=1)
def _shared_content(path: str, member: str, entry: int) -> bytes:
    """Reads a file of several photographs, which are asked for one after the other, once for all of them."""
    return _content(path, member, entry)


@functools.lru_cache(maxsize=1)
def _shared_dataset(path: str, member: str, entry: int) -> "Dataset":
    return read_dataset(_shared_content(path, member, entry), _name(path, member))


def _content(path: str, member: str, entry: int) -> bytes:
    return read_member(path, member, entry) if member else read_bytes(path)


def _name(path: str, member: str) -> str:
    return shown(f"{path}/{member}" if member else path)
