"""Which files of a folder are DICOM, told from their content: archives often name them without a suffix."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fundusfm.data.dicom.dataset import is_dicom
from fundusfm.errors import ConfigError

_HEAD = 132
_DIRECTORY = "DICOMDIR"


def find_dicom(paths: Sequence[str]) -> list[Path]:
    """Lists files as given and, for folders, the DICOM files below them, by name.

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
            raise ConfigError(f"{given} is a folder without DICOM files: give files, or the folder that holds them.")
        found += inside
    return found


def _inside(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _DIRECTORY:
            with path.open("rb") as file:
                if is_dicom(file.read(_HEAD)):
                    yield path
