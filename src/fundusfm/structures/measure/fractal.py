"""Fractal dimension by counting boxes."""

import numpy as np
import numpy.typing as npt

_FEWEST = 4
_SMALLEST_SIDE = 2.0
_COARSEST, _FINEST, _STEPS = 4, 64, 9
_SHIFTS = 4


def fractal_dimension(mask: npt.NDArray[np.bool_], diameter: float) -> float:
    """Returns the box-counting dimension: the slope of log(boxes) over log(1 / side).

    Sides are 1/4 to 1/64 of the diameter, so that the same eye has the same dimension at every image size. For each
    side the grid is shifted and the fewest boxes count, since a cover is sought. Grids start at the mask's own corner,
    so that its place in the frame does not matter.

    Source: Liebovitch and Toth, Physics Letters A 141:386, 1989; of retinal vessels: Mainster, Eye 4:235, 1990.

    Args:
        mask: bool (height, width), usually a skeleton.
        diameter: Diameter of the field of view in pixels.

    Returns:
        0 to 2; NaN where the mask is empty or the image so small that fewer than four sides are left.
    """
    points = np.argwhere(mask).astype(np.float64)
    sides = diameter / np.geomspace(_COARSEST, _FINEST, _STEPS)
    sides = sides[sides >= _SMALLEST_SIDE]
    if not len(points) or len(sides) < _FEWEST:
        return float("nan")
    points -= points.min(axis=0) - 0.5
    boxes = [min(_boxes(points, side, shift) for shift in _shifts(side)) for side in sides]
    slope, _ = np.polyfit(np.log(1 / sides), np.log(boxes), 1)
    return float(slope)


def _shifts(side: float) -> list[tuple[float, float]]:
    steps = np.arange(_SHIFTS) * side / _SHIFTS
    return [(float(down), float(across)) for down in steps for across in steps]


def _boxes(points: npt.NDArray[np.floating], side: float, shift: tuple[float, float]) -> int:
    cells = np.floor((points + shift) / side).astype(np.int64)
    return len(np.unique(cells[:, 0] * (int(cells[:, 1].max()) + 1) + cells[:, 1]))
