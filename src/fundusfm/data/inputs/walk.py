"""The files of a folder at any depth, with links followed once."""

import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath

LINKED_TWICE = "link to what is listed already"
NO_FILE = "pipe, socket or device"
CLOSED = "folder that cannot be opened"
COMPANION = "macOS companion file"


def walk(folder: Path, skipped: Counter[str]) -> list[Path]:
    """Lists the files of a folder and of the folders in it, by name.

    A link to a folder or a file that the walk has met already is left out, so that cycles end and no photograph
    counts twice. A link to nothing is listed: reading it says what is wrong.

    Args:
        folder: Where to begin.
        skipped: Counts by reason what is left out; added to.

    Returns:
        Regular files and broken links.
    """
    files: list[Path] = []
    links: list[Path] = []
    folders: set[tuple[int, int]] = set()
    waiting = [folder]
    later: list[Path] = []  # links to folders wait until all real folders have been met
    while waiting or later:
        place = waiting.pop() if waiting else later.pop(0)
        identity = _identity(place)
        if identity in folders:
            skipped[LINKED_TWICE] += 1
            continue
        if identity is not None:
            folders.add(identity)
        for path, kind in _entries(place, skipped):
            {"folder": waiting, "linked folder": later, "file": files, "link": links}[kind].append(path)
    known = {_identity(path) for path in files}
    for path in sorted(links):
        identity = _identity(path)
        if identity is not None and identity in known:
            skipped[LINKED_TWICE] += 1
            continue
        known.add(identity)
        files.append(path)
    return sorted(files)


def is_companion(path: PurePath) -> bool:
    """Whether this is one of the `._` files that a Mac puts beside every file."""
    return path.name.startswith("._") or "__MACOSX" in path.parts


def _entries(folder: Path, skipped: Counter[str]) -> Iterator[tuple[Path, str]]:
    """Yields what is in a folder with its kind: `folder`, `linked folder`, `file` or `link`."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        skipped[CLOSED] += 1
        return
    for entry in entries:
        path = Path(entry.path)
        linked = entry.is_symlink()
        try:
            mode = entry.stat().st_mode
        except OSError:  # a link to nothing, or to itself
            yield path, "link"
            continue
        if stat.S_ISDIR(mode):
            yield path, "linked folder" if linked else "folder"
        elif not stat.S_ISREG(mode):
            skipped[NO_FILE] += 1
        elif is_companion(path):
            skipped[COMPANION] += 1
        else:
            yield path, "link" if linked else "file"


def _identity(path: Path) -> tuple[int, int] | None:
    """Returns what tells a file or folder from every other one; None for a link to nothing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
