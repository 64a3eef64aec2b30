"""Pieces of a vessel tree that go on as each other beyond a branching, and so are one vessel."""

import cv2
import numpy as np
from numpy.typing import NDArray

_TOUCH = 6.0
"""Ends so close, in pixels, were parted by one branching."""

_BACK = 10
"""The direction of an end is that from the pixels of its piece that are at most so far away."""

_ALIGNED = float(np.cos(np.radians(40)))
"""Least cosine of the turn from one piece to the next."""

_ALIKE = 0.7
"""Least ratio of the widths of two pieces of one vessel."""


def runs_of(pieces: NDArray[np.int32], widths: NDArray[np.float32]) -> NDArray[np.int64]:
    """Joins pieces across branchings: of the ends that meet, always the two that continue each other the straightest.

    Args:
        pieces: int (height, width), lines one pixel wide by number, 0 elsewhere.
        widths: float (height, width), the width of the vessel at each pixel of a line.

    Returns:
        int (pieces + 1,), for each number that of its run.
    """
    line = pieces > 0
    count = cv2.filter2D(line.astype(np.uint8), -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT)
    ends = np.argwhere(line & (count == 2))
    runs = np.arange(int(pieces.max()) + 1)
    if len(ends) < 2:
        return runs
    of_end = pieces[tuple(ends.T)]
    sums = np.bincount(pieces[line], weights=widths[line], minlength=len(runs))
    width = (sums / np.maximum(np.bincount(pieces[line], minlength=len(runs)), 1))[of_end]
    headings = np.array([_heading(pieces, row, column) for row, column in ends.tolist()])
    straight = -headings @ headings.T
    fits = np.hypot(*(ends[:, None] - ends[None]).transpose(2, 0, 1)) <= _TOUCH
    fits &= (of_end[:, None] != of_end[None]) & (straight >= _ALIGNED)
    fits &= np.minimum(width[:, None], width[None]) >= _ALIKE * np.maximum(width[:, None], width[None])
    pairs = np.argwhere(np.triu(fits, 1))
    taken: set[int] = set()
    for one, other in pairs[np.argsort(-straight[tuple(pairs.T)], kind="stable")].tolist():
        if taken.isdisjoint((one, other)):
            taken |= {one, other}
            runs[runs == runs[of_end[other]]] = runs[of_end[one]]
    return runs


def _heading(pieces: NDArray[np.int32], row: int, column: int) -> NDArray[np.float64]:
    """Returns the direction in which a piece would go on beyond one of its ends."""
    top, left = max(0, row - _BACK), max(0, column - _BACK)
    near = np.argwhere(pieces[top : row + _BACK + 1, left : column + _BACK + 1] == pieces[row, column])
    step = np.array([row - top, column - left]) - near.mean(axis=0)
    return np.asarray(step / max(float(np.hypot(*step)), 1e-9))
