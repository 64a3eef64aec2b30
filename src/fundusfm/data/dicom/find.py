"""Which files of a folder are DICOM, told from their content: archives often name them without a suffix."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from fundusfm.data.dicom.dataset import is_dicom
from fundusfm.data.inputs.signature import HEAD
from fundusfm.data.inputs.walk import walk
from fundusfm.errors import ConfigError
from fundusfm.names import shown

_DIRECTORY = "DICOMDIR"


def find_dicom(paths: Sequence[str]) -> list[Path]:
    """Lists files as given and, for folders, the DICOM files below them, by name; links are followed once.

    Raises:
        ConfigError: A folder holds no DICOM file.
    """
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if not path.is_dir():
            found.append(path)
            continue
        inside = list(_inside(path))
        if not inside:
            raise ConfigError(
                f"{shown(given)} is a folder without DICOM files: give files, or the folder that holds them."
            )
        found += inside
    return found


def _inside(folder: Path) -> Iterator[Path]:
    for path in walk(folder, Counter()):
        if path.name == _DIRECTORY or not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                head = file.read(HEAD)
        except OSError:  # reading it as a whole says why it cannot be read
            yield path
            continue
        if is_dicom(head):
            yield path
