"""Which eye a file name says it shows: `12_left.jpg`, `IMG0012OD.png`, `P7-R.tif`."""

import re
from pathlib import PurePosixPath
from typing import Literal

Eye = Literal["left", "right", ""]

_WORDS: dict[str, Eye] = {
    **dict.fromkeys(("left", "l", "os", "le"), "left"),
    **dict.fromkeys(("right", "r", "od", "re"), "right"),
}
# Between words stands what is no letter; a digit ends a word as well.
_PARTS = re.compile(r"[^\W\d_]+|\d+|[\W_]+")


def split_eye(name: str) -> tuple[Eye, str]:
    """Returns the eye that a file name says, and what is left of the name without that word.

    Names of the two eyes of one person often differ in that word only, so what is left tells which belong together.

    Args:
        name: File name or path, with slashes of either kind. Folders say nothing: `left/12.jpg` names no eye.

    Returns:
        `left` or `right` and the rest; two empty texts where the name says no eye, or both.
    """
    stem = PurePosixPath(name.replace("\\", "/")).stem.casefold()
    parts = _PARTS.findall(stem)
    eyes = {_WORDS[part] for part in parts if part in _WORDS}
    if len(eyes) != 1:
        return "", ""
    return eyes.pop(), "".join(part for part in parts if part not in _WORDS)


def eye_of_name(name: str) -> Eye:
    """Returns the eye that a file name says; empty where it says none, or both."""
    return split_eye(name)[0]
