"""Where one photograph is, and how its bytes are read; light, because every worker process imports it."""

import zipfile
import zlib
from dataclasses import dataclass, field

from fundusfm.data.decode import read_bytes
from fundusfm.errors import DecodeError
from fundusfm.screening.photograph import Photograph

_MOST_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Source:
    """Where one photograph is; small, and sent to the process that reads it.

    Attributes:
        name: What its row is called: the path as given, as in the manifest, or ARCHIVE/MEMBER.
        path: The file, or the archive.
        member: Name within the archive; empty for a file.
        columns: Of the manifest's row, as text: what a roll-up groups by.
    """

    name: str
    path: str
    member: str = ""
    columns: dict[str, str] = field(default_factory=dict)

    def read(self) -> Photograph:
        """Reads the photograph's bytes.

        Raises:
            DecodeError: The file or archive is missing, damaged or encrypted.
        """
        if not self.member:
            return Photograph(self.name, read_bytes(self.path))
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                content = file.read(_MOST_BYTES + 1)
        except RuntimeError as error:  # what zipfile raises for an encrypted member
            raise DecodeError(f"{self.name} cannot be unpacked ({error}): unpack the archive with its password, and "
                              "give the folder.") from error
        except (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            raise DecodeError(f"{self.name} cannot be unpacked ({error}): the archive is damaged; copy it "
                              "again.") from error
        if len(content) > _MOST_BYTES:
            raise DecodeError(f"{self.name} unpacks to more than {_MOST_BYTES:,} bytes, which no photograph has.")
        return Photograph(self.name, content)
