"""What `fundusfm predict` was given: files, folders, zip archives and manifests, as a list of single photographs."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from fundusfm.data.decode import SUFFIXES
from fundusfm.data.manifest import read_manifest
from fundusfm.errors import ConfigError
from fundusfm.screening.source import Source

_MANIFESTS = frozenset((".csv", ".tsv", ".parquet", ".pq"))


def find_sources(paths: Sequence[str]) -> list[Source]:
    """Lists the photographs of some paths, in the order given; those of a folder or archive by name.

    Args:
        paths: Image files, folders (searched to any depth), zip archives, and manifests (CSV or Parquet).

    Raises:
        ConfigError: A path does not exist, or a folder or archive holds no image file.
        ManifestError: A manifest cannot be read.
    """
    return [source for path in paths for source in _of_path(path)]


def _of_path(given: str) -> Iterator[Source]:
    path = Path(given)
    if path.is_dir():
        yield from _of_folder(path)
    elif not path.exists():
        raise ConfigError(f"There is nothing at {given}: give image files, folders, zip archives or manifests.")
    elif path.suffix.lower() == ".zip":
        yield from _of_archive(path)
    elif path.suffix.lower() in _MANIFESTS:
        yield from _of_manifest(given)
    else:
        yield Source(given, given)


def _of_folder(folder: Path) -> Iterator[Source]:
    found = [path for path in folder.rglob("*") if _is_image(PurePosixPath(path.name)) and path.is_file()]
    if not found:
        raise ConfigError(f"{folder} holds no image file ({', '.join(sorted(SUFFIXES))}), at any depth.")
    yield from (Source(str(path), str(path)) for path in sorted(found))


def _of_archive(path: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted({item.filename for item in archive.infolist() if not item.is_dir()})
    except (OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile):
        # The archive was named itself, so it has a row, which says what is wrong.
        yield Source(str(path), str(path), member=path.name)
        return
    found = [member for member in members if _is_image(PurePosixPath(member))]
    if not found:
        raise ConfigError(f"{path} holds no image file ({', '.join(sorted(SUFFIXES))}).")
    yield from (Source(f"{path}/{member}", str(path), member=member) for member in found)


def _of_manifest(given: str) -> Iterator[Source]:
    manifest = read_manifest(given)
    rows = manifest.frame.to_dict("records")
    for row, path in zip(rows, manifest.image_paths(), strict=True):
        columns = {str(name): str(value) for name, value in row.items()}
        yield Source(columns["image"], str(path), columns=columns)


def _is_image(name: PurePosixPath) -> bool:
    # Archives made on a Mac hold a `._` companion of every file.
    return name.suffix.lower() in SUFFIXES and not name.name.startswith("._") and "__MACOSX" not in name.parts
