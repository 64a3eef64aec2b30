"""A skeleton cut at its branch points into segments, each an ordered path."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import convolve, gaussian_filter1d

_SMOOTHING = 2.0
"""Standard deviation, in pixels along the path, of the smoothing that takes the staircase out of a skeleton."""

_NEIGHBOURS = ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, -1), (-1, 1), (1, 1), (1, -1))


@dataclass(frozen=True)
class Segment:
    """A piece of vessel between two branch points or ends.

    Attributes:
        path: float (n, 2), row and column of its pixels, smoothed along the way.
    """

    path: npt.NDArray[np.float64]

    @property
    def arc(self) -> float:
        """Length along the vessel, in pixels."""
        return float(np.hypot(*np.diff(self.path, axis=0).T).sum())

    @property
    def chord(self) -> float:
        """Distance between the ends, in pixels."""
        return float(np.hypot(*(self.path[-1] - self.path[0])))

    @property
    def middle(self) -> tuple[float, float]:
        """Row and column of the pixel halfway."""
        row, column = self.path[len(self.path) // 2]
        return float(row), float(column)


def segments(skeleton: npt.NDArray[np.bool_]) -> list[Segment]:
    """Cuts a skeleton at its branch points, the pixels with more than two neighbours, and orders each piece.

    Closed rings and single pixels have no ends, so they are no segments.

    Args:
        skeleton: bool (height, width), lines one pixel wide.
    """
    line = _without_corners(skeleton)
    neighbours = convolve(line.astype(np.uint8), np.ones((3, 3), np.uint8), mode="constant") - 1
    left = {(row, column) for row, column in np.argwhere(line & (neighbours <= 2)).tolist()}
    found = []
    for start in sorted(left):
        if start not in left or len(_beside(start, left)) != 1:
            continue
        path = [start]
        left.discard(start)
        while beside := _beside(path[-1], left):
            path.append(beside[0])
            left.discard(beside[0])
        found.append(Segment(_smoothed(np.array(path, dtype=np.float64))))
    return found


def _without_corners(skeleton: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Takes out pixels whose two neighbours touch: each step of a staircase would count as a branch point."""
    line = np.pad(skeleton, 1)
    for down, across in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        near = [np.roll(line, shift, axis) for shift, axis in ((down, 0), (across, 1))]
        far = [np.roll(line, shift, axis) for shift, axis in ((-down, 0), (-across, 1), ((-down, -across), (0, 1)))]
        line = line & ~(near[0] & near[1] & ~far[0] & ~far[1] & ~far[2])
    return np.asarray(line[1:-1, 1:-1])


def _beside(pixel: tuple[int, int], pixels: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the neighbours that are in the set, those that share an edge first."""
    row, column = pixel
    return [(row + down, column + across) for down, across in _NEIGHBOURS if (row + down, column + across) in pixels]


def _smoothed(path: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    # Mirrored through its ends, so that they stay where they are: an even mirror would pull them inwards.
    reach = min(len(path) - 1, round(4 * _SMOOTHING))
    before = 2 * path[0] - path[reach:0:-1]
    after = 2 * path[-1] - path[-2 : -reach - 2 : -1]
    return np.asarray(gaussian_filter1d(np.concatenate([before, path, after]), _SMOOTHING, axis=0)[reach:-reach])
