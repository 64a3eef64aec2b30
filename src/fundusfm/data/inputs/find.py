"""Which photographs were named: files, folders, zip archives and manifests as a list of single photographs."""

import os
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from fundusfm.data.decode.archive import ZIP_DAMAGE, split_member
from fundusfm.data.decode.image import KNOWN_FORMATS, SUFFIXES, split_frame
from fundusfm.data.dicom.laterality import NO_SIDE
from fundusfm.data.inputs.photograph import frame_name
from fundusfm.data.inputs.sniff import Seen, sniff
from fundusfm.data.inputs.source import Source
from fundusfm.data.inputs.walk import COMPANION, is_companion, walk
from fundusfm.data.vendor.embedded import VENDORS
from fundusfm.errors import ConfigError
from fundusfm.names import shown

if TYPE_CHECKING:
    from fundusfm.data.manifest.table import Manifest

MANIFEST_SUFFIXES = frozenset((".csv", ".tsv", ".parquet", ".pq", ".xlsx"))
_NO_IMAGE = {"DICOM": "DICOM without an image"} | dict.fromkeys(VENDORS, "scan of an OCT device without a photograph")


def find_sources(paths: Sequence[str | Path], *, skipped: Counter[str] | None = None) -> list[Source]:
    """Lists the photographs of some paths, in the order given; those of a folder or archive by name.

    The content of a file decides what it is. A file that holds several photographs (frames of DICOM, pages of TIFF,
    MPO, GIF or WebP) is one row for each: `FILE`, `FILE#2` and so on. A DICOM file's patient, eye and study are
    columns, unless a manifest has such columns itself. Of folders and archives, files that are no image are left out,
    unless their suffix says that they should be one: their row says what is wrong. So does that of a path where there
    is nothing, since one wrong name among many should not stop the others.

    Args:
        paths: Image files, folders (searched to any depth), zip archives, and manifests (CSV, Excel or Parquet).
        skipped: Counts by reason what folders and archives hold besides photographs; added to.

    Raises:
        ConfigError: There is nothing at any of the paths, or a folder or archive holds no image file.
        ManifestError: A manifest cannot be read.
    """
    counts = Counter[str]() if skipped is None else skipped
    given = [paths] if isinstance(paths, str | Path) else paths
    _refuse_if_all_are_missing([str(path) for path in given])
    return [source for path in given for source in _of_path(str(path), counts)]


def manifest_sources(manifest: "Manifest", rows: Sequence[int] | None = None) -> Iterator[Source]:
    """Yields the photographs of a manifest with their columns.

    `FILE` stands for all photographs of a file, or for its first one where other rows name `FILE#2` and so on.

    Args:
        manifest: The table.
        rows: Positions of the rows wanted; all where not given.
    """
    records = manifest.frame.to_dict("records")
    paths = manifest.image_paths()
    places = [(str(path), *split_frame(str(path))) for path in paths]
    numbered = {file for path, file, _ in places if file != path}
    look_at = lru_cache(maxsize=1)(_look_at)  # rows of one file follow each other
    for position in range(len(records)) if rows is None else rows:
        columns = {str(name): str(value) for name, value in records[position].items()}
        _, file, frame = places[position]
        found = list(_frames(Source(columns["image"], file, columns=columns), look_at(Path(file))))
        if file not in numbered:
            yield from found
        elif frame <= len(found):
            yield replace(found[frame - 1], name=columns["image"])
        else:  # decoding says that there is no such photograph
            yield replace(found[0], name=columns["image"], frame=frame)


def skipped_text(skipped: Counter[str]) -> str:
    """Returns what was left out of folders and archives, in words; empty where nothing was."""
    if not skipped:
        return ""
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items()))
    total = skipped.total()
    return f"{total} {'file was' if total == 1 else 'files were'} left out: {reasons}"


def _of_path(given: str, skipped: Counter[str]) -> Iterator[Source]:
    file, frame = split_frame(given)
    path = Path(file)
    if path.is_dir():
        yield from _of_folder(path, skipped)
    elif split_member(path) or not os.path.lexists(path):  # of what is missing, the row says so
        yield Source(shown(given), file, frame=0 if file == given else frame)
    elif path.suffix.lower() in MANIFEST_SUFFIXES:
        from fundusfm.data.manifest.table import read_manifest  # imports pandas, which a photograph need not wait for

        yield from manifest_sources(read_manifest(file))
    elif _is_archive(path):
        yield from _of_archive(path, skipped)
    else:
        found = _frames(Source(shown(file), file), _look_at(path))
        yield from found if file == given else (source for source in found if source.frame == frame)


def _refuse_if_all_are_missing(paths: Sequence[str]) -> None:
    files = [Path(split_frame(given)[0]) for given in paths]
    if files and not any(split_member(path) or os.path.lexists(path) for path in files):
        raise ConfigError(
            f"There is nothing at {shown(paths[0])}{f' or {len(paths) - 1} more' if len(paths) > 1 else ''}: give "
            "image files, folders, zip archives or manifests.",
            code="PATH",
        )


def is_one_file(given: str) -> bool:
    """Whether a path names one image file, rather than a folder, an archive or a manifest."""
    path = Path(given)
    return not (path.is_dir() or path.suffix.lower() in MANIFEST_SUFFIXES or _is_archive(path))


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == ".zip" or (path.is_file() and zipfile.is_zipfile(path))


def _of_folder(folder: Path, skipped: Counter[str]) -> Iterator[Source]:
    empty, before = True, skipped.copy()
    for path in walk(folder, skipped):
        seen = _look_at(path)
        reason = _why_not(path.name, seen, is_file=path.exists())
        if reason:
            skipped[reason] += 1
        else:
            empty = False
            yield from _frames(Source(shown(path), str(path)), seen)
    if empty:
        raise _holds_none(folder, skipped - before)


def _of_archive(path: Path, skipped: Counter[str]) -> Iterator[Source]:
    before = skipped.copy()
    try:
        with zipfile.ZipFile(path) as archive:
            found = list(_members(path, archive, skipped))
    except ZIP_DAMAGE:
        # The archive was named itself, so it has a row, which says what is wrong.
        yield Source(shown(path), str(path), member=path.name)
        return
    if not found:
        raise _holds_none(path, skipped - before)
    for source, seen in sorted(found, key=lambda pair: (pair[0].member, pair[0].entry)):
        yield from _frames(source, seen)


def _members(path: Path, archive: zipfile.ZipFile, skipped: Counter[str]) -> Iterator[tuple[Source, Seen]]:
    times = Counter[str]()
    for entry, info in enumerate(archive.infolist()):
        if info.is_dir():
            continue
        if is_companion(PurePosixPath(info.filename)):
            skipped[COMPANION] += 1
            continue
        seen = _look_into(archive, info)
        reason = _why_not(info.filename, seen, is_file=True)
        if reason:
            skipped[reason] += 1
            continue
        times[info.filename] += 1
        name = f"{path}/{info.filename}"
        if times[info.filename] > 1:
            name += f" ({times[info.filename]})"
        yield Source(shown(name), str(path), member=info.filename, entry=entry), seen


def _look_at(path: Path) -> Seen:
    try:
        if not path.is_file():
            return Seen()
        with path.open("rb") as file:
            return sniff(file, path.name)
    except (OSError, ValueError):  # its row says so
        return Seen()


def _look_into(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Seen:
    try:
        with archive.open(info) as file:
            return sniff(cast("BinaryIO", file), info.filename)
    except ZIP_DAMAGE:  # its row says so
        return Seen()


def _frames(source: Source, seen: Seen) -> Iterator[Source]:
    sides = seen.sides or (NO_SIDE,) * seen.frames
    for frame, side in enumerate(sides, start=1):
        columns = seen.columns | ({"eye": side.eye} if side.eye else {}) | source.columns
        name, number = (source.name, 0) if seen.frames == 1 else (frame_name(source.name, frame), frame)
        yield replace(
            source,
            name=name,
            frame=number,
            columns=columns,
            kind=seen.format,
            doubt=side.against(source.columns.get("eye", "")),
        )


def _why_not(name: str, seen: Seen, *, is_file: bool) -> str:
    """Returns why a file of a folder or archive is left out; empty where it has a row."""
    if not seen.has_image:
        return _NO_IMAGE[seen.format]
    suffix = PurePosixPath(name).suffix.lower()
    if seen.format or suffix in SUFFIXES or not is_file:
        return ""
    if suffix == ".zip":
        return "zip archive in a folder, to be named itself"
    return f"no image ({shown(suffix) or 'without suffix'})"


def _holds_none(place: Path, skipped: Counter[str]) -> ConfigError:
    besides = skipped_text(skipped)
    return ConfigError(
        f"{shown(place)} holds no image file ({KNOWN_FORMATS}), at any depth{f'; {besides}' if besides else ''}.",
        code="NO-IMAGE",
    )
