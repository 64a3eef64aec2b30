"""Calibre as graders measure it: the width of a vessel at right angles to its direction."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

_STEP = 0.1
"""Distance of samples across the vessel, in pixels."""

_ALONG = 4
"""The direction at a place is that from the place this many before it to the one as many after it."""


def widths_across(mask: NDArray[np.float32], path: NDArray[np.float64], *, reach: float) -> NDArray[np.float64]:
    """Returns the width at each place of a path: how far the mask reaches on both sides, at right angles to the path.

    The mask is interpolated, and its edge is where it passes one half. Of straight lines 2 to 20 px wide at any angle
    the median is within 0.75 px.

    Args:
        mask: float (height, width), 0 outside and 1 inside.
        path: float (n, 2), row and column, smooth, n of at least two.
        reach: How far to look on either side, in pixels.

    Returns:
        float (n,) pixels; NaN where the path leaves the mask.
    """
    places = np.arange(len(path))
    along = path[np.minimum(places + _ALONG, len(path) - 1)] - path[np.maximum(places - _ALONG, 0)]
    length = np.hypot(*along.T)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(length, 1e-9)[:, None]
    steps = np.arange(0, reach, _STEP)
    sides = []
    for side in (1, -1):
        places_across = path[:, None] + side * steps[None, :, None] * across[:, None]
        inside = map_coordinates(mask, places_across.transpose(2, 0, 1), order=1) >= 0.5
        ends = ~inside
        sides.append(np.where(ends.any(axis=1), ends.argmax(axis=1), len(steps)))
    samples = sides[0] + sides[1] - 1  # the middle one is on both sides
    return np.where((sides[0] > 0) & (length > 0), samples * _STEP, np.nan)
