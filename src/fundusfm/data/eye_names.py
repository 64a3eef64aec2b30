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


def eye_cell(cell: str) -> str:
    """Returns `left` or `right` for a table's spelling of an eye, such as `OD`; other cells as they are."""
    return _CELLS.get(cell.casefold(), cell)


def split_eye(path: str) -> tuple[Eye, str]:
    """Returns the eye that a file's name says, and what is left of the name without the word that says it.

    Names of the two eyes of one person often differ in that word only, so what is left tells which belong together.

    Args:
        path: Path or name of the file, with `/` or `\\\\` between folders, which say nothing.

    Returns:
        The eye and the rest; two empty texts where the name says no eye, or both.
    """
    parts = _PARTS.findall(PurePosixPath(path.replace("\\", "/")).stem)
    words = [part.casefold() for part in parts if part.isalpha()]
    said = {word: _WORDS[word] for word in words if word in _WORDS}
    if words and words[-1] in _LAST and not _LAST.keys() <= set(words):
        said[words[-1]] = _LAST[words[-1]]
    if len(eyes := set(said.values())) != 1:
        return "", ""
    return eyes.pop(), "".join(part for part in parts if part.casefold() not in said)


def eye_of_name(path: str) -> Eye:
    """Returns the eye that a file's name says; empty where it says none or both."""
    return split_eye(path)[0]
