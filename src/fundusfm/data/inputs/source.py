"""Where one photograph is, and how its bytes are read; light, because every worker process imports it."""

import functools
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fundusfm.data.decode.image import read_bytes
from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_MOST_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Source:
    """Where one photograph is; small, and sent to the process that reads it.

    Attributes:
        name: What its row is called: the path as given, as in the manifest, or ARCHIVE/MEMBER; with the frame.
        path: The file, or the archive.
        member: Name within the archive; empty for a file.
        frame: Of a DICOM file that holds several, from 1; 0 for every other file.
        columns: Of the manifest's row, or of a DICOM header, as text: what a roll-up groups by.
    """

    name: str
    path: str
    member: str = ""
    frame: int = 0
    columns: dict[str, str] = field(default_factory=dict)

    def read(self) -> Photograph:
        """Reads the photograph's bytes.

        Raises:
            DecodeError: The file or archive is missing, damaged or encrypted.
        """
        if self.frame:
            return Photograph(self.name, dataset=_frames(self.path, self.member), frame=self.frame)
        return Photograph(self.name, _content(self.path, self.member, self.name))


@functools.lru_cache(maxsize=1)
def _frames(path: str, member: str) -> "Dataset":
    """Reads a file of several frames, which are asked for one after the other: once for all of them."""
    name = f"{path}/{member}" if member else path
    return read_dataset(_content(path, member, name), name)


def _content(path: str, member: str, name: str) -> bytes:
    if not member:
        return read_bytes(path)
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            content = file.read(_MOST_BYTES + 1)
    except RuntimeError as error:  # what zipfile raises for an encrypted member
        raise DecodeError(
            f"{name} cannot be unpacked ({error}): unpack the archive with its password, and give the folder."
        ) from error
    except (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise DecodeError(f"{name} cannot be unpacked ({error}): the archive is damaged; copy it again.") from error
    if len(content) > _MOST_BYTES:
        raise DecodeError(f"{name} unpacks to more than {_MOST_BYTES:,} bytes, which no photograph has.")
    return content
