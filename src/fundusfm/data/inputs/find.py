"""What `fundusfm predict` was given: files, folders, zip archives and manifests, as a list of single photographs."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from fundusfm.data.decode.image import SUFFIXES
from fundusfm.data.inputs.photograph import frame_name
from fundusfm.data.inputs.sniff import Seen, look
from fundusfm.data.inputs.source import Source
from fundusfm.data.manifest.table import read_manifest
from fundusfm.errors import ConfigError

_MANIFESTS = frozenset((".csv", ".tsv", ".parquet", ".pq"))
# What `zipfile` raises for archives and members that are damaged, encrypted or compressed in other ways.
_DAMAGE = (OSError, EOFError, KeyError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def find_sources(paths: Sequence[str]) -> list[Source]:
    """Lists the photographs of some paths, in the order given; those of a folder or archive by name.

    A DICOM file, told by its content, is a photograph per frame. Its patient, eye and study are columns, unless a
    manifest has such columns itself. In folders and archives, DICOM files without an image are left out.

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
        yield from _frames(Source(given, given), _look_at(path))


def _of_folder(folder: Path) -> Iterator[Source]:
    empty = True
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not _is_companion(path)):
        seen = _look_at(path)
        if _is_wanted(path.name, seen):
            empty = False
            yield from _frames(Source(str(path), str(path)), seen)
    if empty:
        raise ConfigError(f"{folder} holds no image file ({', '.join(sorted(SUFFIXES))}, or DICOM), at any depth.")


def _of_archive(path: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted({item.filename for item in archive.infolist() if not item.is_dir()})
            members = [(name, _look_into(archive, name)) for name in names if not _is_companion(PurePosixPath(name))]
    except (OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile):
        # The archive was named itself, so it has a row, which says what is wrong.
        yield Source(str(path), str(path), member=path.name)
        return
    found = [(name, seen) for name, seen in members if _is_wanted(name, seen)]
    if not found:
        raise ConfigError(f"{path} holds no image file ({', '.join(sorted(SUFFIXES))}, or DICOM).")
    for name, seen in found:
        yield from _frames(Source(f"{path}/{name}", str(path), member=name), seen)


def _of_manifest(given: str) -> Iterator[Source]:
    manifest = read_manifest(given)
    rows = manifest.frame.to_dict("records")
    for row, path in zip(rows, manifest.image_paths(), strict=True):
        columns = {str(name): str(value) for name, value in row.items()}
        yield from _frames(Source(columns["image"], str(path), columns=columns), _look_at(path))


def _look_at(path: Path) -> Seen:
    try:
        with path.open("rb") as file:
            return look(file)
    except (OSError, ValueError):  # its row says so
        return Seen()


def _look_into(archive: zipfile.ZipFile, member: str) -> Seen:
    try:
        with archive.open(member) as file:
            return look(cast("BinaryIO", file))
    except _DAMAGE:  # its row says so
        return Seen()


def _frames(source: Source, seen: Seen) -> Iterator[Source]:
    columns = seen.columns | source.columns
    if seen.frames == 1:
        yield replace(source, columns=columns)
        return
    for frame in range(1, seen.frames + 1):
        yield replace(source, name=frame_name(source.name, frame), frame=frame, columns=columns)


def _is_wanted(name: str, seen: Seen) -> bool:
    if seen.is_dicom:
        return seen.has_image
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _is_companion(name: Path | PurePosixPath) -> bool:
    """Whether this is one of the `._` files that a Mac puts beside every file."""
    return name.name.startswith("._") or "__MACOSX" in name.parts
