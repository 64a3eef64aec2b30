"""Finds the same file under different eyes or people, of which at most one can be right."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from fundusfm.data.inputs.source import Source
from fundusfm.errors import DecodeError
from fundusfm.screening.documents.group import eye_of, group

_SHOWN = 5


def find_copies(sources: Sequence[Source]) -> list[list[int]]:
    """Returns positions of files with equal bytes that stand for different eyes or people, each in one list.

    Only files of equal size are read for it, and members of archives are left out.
    """
    whose = {
        place: (person, eye_of(sources[place])) for person, one in enumerate(group(sources)) for place in one.places
    }
    files = [place for place, source in enumerate(sources) if not source.member and source.frame <= 1]
    sized = _alike((place, _size(sources[place].path)) for place in files)
    begun = _alike((place, (alike, _begin(sources[place].path))) for alike, some in enumerate(sized) for place in some)
    equal = _alike((place, _digest(sources[place])) for some in begun for place in some)
    return [places for places in equal if len({whose[place] for place in places}) > 1]


def copies_text(names: Sequence[str]) -> str:
    """Says that photographs of these names are one, as the page in the browser does."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"The same photograph under different names, so at most one is right: {', '.join(names[:_SHOWN])}{more}."


def _alike(keys: Iterable[tuple[int, object]]) -> list[list[int]]:
    """Returns positions of equal keys; those without a key, or alone with it, are left out."""
    found: dict[object, list[int]] = {}
    for place, key in keys:
        if key:
            found.setdefault(key, []).append(place)
    return [places for places in found.values() if len(places) > 1]


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):  # its row says so
        return 0


def _begin(path: str) -> bytes:
    """Returns the first bytes, in which most files of equal size differ: whoever has many need not read all of them."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4096)
    except (OSError, ValueError):
        return b""


def _digest(source: Source) -> str:
    try:
        return hashlib.sha256(replace(source, frame=0).read().content).hexdigest()
    except DecodeError:
        return ""
