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


def eye_cell(cell: str) -> str:
    """Returns `left` or `right` for a table's spelling of an eye, such as `OD`; other cells as they are."""
    return _CELLS.get(cell.casefold(), cell)


def eye_of_name(path: str) -> Eye:
    """Returns the eye that a file's name says; empty where it says none or both.

    Args:
        path: Path or name of the file, with `/` or `\\\\` between folders, which say nothing.
    """
    words = re.findall(r"[a-z]+", PurePosixPath(path.replace("\\", "/")).stem.casefold())
    said = {_WORDS[word] for word in words if word in _WORDS}
    if words and words[-1] in _LAST and not _LAST.keys() <= set(words):
        said.add(_LAST[words[-1]])
    return said.pop() if len(said) == 1 else ""
