"""Paths that nearly exist: where the file of a row probably is."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

from fundusfm.data.decode.image import SUFFIXES

_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def likely_path(root: Path, cell: str) -> tuple[str, str] | None:
    """Looks for the file that a manifest's cell means, where the path as written names none.

    Args:
        root: The manifest's folder.
        cell: The path as written.

    Returns:
        What is wrong with paths of this kind, and where this file is; None where nothing is found.
    """
    return next(_guesses(root, cell), None)


def is_windows_path(cell: str) -> bool:
    """Whether a path begins with a drive, such as `D:\\\\`, or a share."""
    return _DRIVE.match(cell) is not None


def _guesses(root: Path, cell: str) -> Iterator[tuple[str, str]]:
    plain = PurePosixPath(cell.replace("\\", "/"))
    for suffix in sorted(SUFFIXES):
        if _exists(root / f"{plain}{suffix}"):
            yield "the suffix is missing", f"{plain}{suffix}"
    other_case = _in_other_case(root, plain)
    if other_case is not None:
        yield "the name is written in another case", other_case
    for form in ("NFC", "NFD"):
        if _exists(root / unicodedata.normalize(form, str(plain))):
            yield "accents are encoded in another way", unicodedata.normalize(form, str(plain))
    if not plain.is_absolute() and _exists(Path.cwd() / plain):
        yield "the path starts at the working folder, not at the manifest's", str(Path.cwd() / plain)
    kind = "a path of Windows" if is_windows_path(cell) else "a path of another place"
    for start in range(1, len(plain.parts)):
        tail = PurePosixPath(*plain.parts[start:])
        if _exists(root / tail):
            yield f"{kind} stands before the folder of the photographs", str(tail)
            return
    if not plain.is_absolute() and not is_windows_path(cell):
        for folder in _folders(root):
            if _exists(root / folder / plain):
                yield "the photographs are in a folder beside the manifest", f"{folder}/{plain}"
                return


def _in_other_case(root: Path, plain: PurePosixPath) -> str | None:
    if plain.is_absolute() or is_windows_path(str(plain)):
        return None
    place, parts = root, list[str]()
    for part in plain.parts:
        found = _entries(place).get(part.casefold())
        if found is None:
            return None
        place, parts = place / found, [*parts, found]
    return str(PurePosixPath(*parts)) if parts and place.is_file() else None


@lru_cache(maxsize=64)
def _entries(folder: Path) -> dict[str, str]:
    try:
        return {path.name.casefold(): path.name for path in folder.iterdir()}
    except OSError:
        return {}


@lru_cache(maxsize=64)
def _folders(root: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(path.name for path in root.iterdir() if path.is_dir()))
    except OSError:
        return ()


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long
        return False
