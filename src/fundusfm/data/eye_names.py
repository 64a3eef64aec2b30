"""How tables and file names spell the two eyes."""

import re
from pathlib import PurePosixPath
from typing import Literal

Eye = Literal["left", "right", ""]

_CELLS: dict[str, Eye] = {
    **dict.fromkeys(("right", "r", "od", "re", "right eye", "oculus dexter"), "right"),
    **dict.fromkeys(("left", "l", "os", "le", "left eye", "oculus sinister"), "left"),
}
_WORDS: dict[str, Eye] = {"left": "left", "os": "left", "right": "right", "od": "right"}
_LAST: dict[str, Eye] = {"l": "left", "r": "right"}
"""Letters that say the eye where they stand at the end of a name, as in `12_R.jpg`."""

_PARTS = re.compile(r"[^\W\d_]+|\d+|[\W_]+")
"""Words, numbers, and what stands between them."""

_VIEWS = frozenset(["macula", "fovea", "disc", "disk", "centre", "center", "central", "nasal", "temporal", "copy"])
"""Words after the eye that tell photographs of one eye apart."""

_DATE = re.compile(r"(?:19|20)\d\d(?P<gap>[-_.]?)(?:0\d|1[0-2])(?P=gap)(?:[0-2]\d|3[01])(?:[-_T ]?\d{6})?(?!\d)")
"""A date, and the time that may follow it."""

_COPY = re.compile(r"\(\d+\)")
_SHORT_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
"""A copy's number; longer ones may be the number of a person."""


def eye_cell(cell: str) -> str:
    """Returns `left` or `right` for a table's spelling of an eye, such as `OD`; other cells as they are."""
    return _CELLS.get(cell.casefold(), cell)


def split_eye(path: str) -> tuple[Eye, str]:
    """Returns the eye that a file's name says, and whose photograph the rest of the name says it is.

    Names of the two eyes of one person often differ in that word only, or in a copy's number, a date or a view after
    it. Those are left out where a number that is no date stands before the eye, as in `0027_L_2`; else they may be what
    tells people apart, as in `scan_left_2`, and stay.

    Args:
        path: Path or name of the file, with `/` or `\\\\` between folders, which say nothing.

    Returns:
        The eye and the person; two empty texts where the name says no eye, or both.
    """
    parts = _PARTS.findall(PurePosixPath(path.replace("\\", "/")).stem)
    words = [part.casefold() for part in parts if part.isalpha()]
    said = {word: _WORDS[word] for word in words if word in _WORDS}
    stated = [word for word in words if word not in _VIEWS]
    if stated and stated[-1] in _LAST and not _LAST.keys() <= set(words):
        said[stated[-1]] = _LAST[stated[-1]]
    if len(eyes := set(said.values())) != 1:
        return "", ""
    last = max(place for place, part in enumerate(parts) if part.casefold() in said)
    before, after = (
        "".join(part for part in some if part.casefold() not in said) for some in (parts[:last], parts[last:])
    )
    person = f"{before}{_without_copy(before, after)}".strip(" _-.(),")
    return eyes.pop(), re.sub(r"([ _.-])[ _.-]+", r"\1", person)


def _without_copy(before: str, after: str) -> str:
    """Returns what stands after the eye, without what only tells photographs of one eye apart."""
    if not re.search(r"[^\W_]", before):
        return _COPY.sub("", after)
    after = "".join(part for part in _PARTS.findall(_COPY.sub("", after)) if part.casefold() not in _VIEWS)
    if re.search(r"\d", _DATE.sub("", before)):
        after = _SHORT_NUMBER.sub("", _DATE.sub("", after))
    return after if re.search(r"[^\W_]", after) else ""


def eye_of_name(path: str) -> Eye:
    """Returns the eye that a file's name says; empty where it says none or both."""
    return split_eye(path)[0]
