"""Counts the fields of view in a frame: two eyes pasted side by side are not one photograph."""

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE = 128
_STEP = 20
"""Brightness above the darkest hundredth of the frame from which a pixel belongs to a field of view."""

_LONG = 1.5
"""Length over breadth of the bright region from which it may be two fields of view in a row."""

_WAIST = 0.75
"""Breadth of the region's middle, over that of its two ends, below which these are two fields of view."""


def count_fields(image: NDArray[np.uint8]) -> int:
    """Counts the fields of view in a frame: 1, or 2 where two stand side by side or one above the other.

    The bright region of two circles is long, and narrow or interrupted in its middle third.

    Args:
        image: uint8 (height, width, 3), RGB; the whole photograph at any scale.
    """
    height, width = image.shape[:2]
    scale = _SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    brightest = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA)).max(axis=2)
    bright = (brightest > int(np.percentile(brightest, 1)) + _STEP).astype(np.uint8)
    bright = np.asarray(cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))
    _, _, width, height = cv2.boundingRect(bright)
    if max(width, height) < _LONG * max(min(width, height), 1):
        return 1
    breadths = np.trim_zeros(bright.sum(axis=0 if width > height else 1))
    third = len(breadths) // 3
    ends = min(breadths[:third].max(), breadths[-third:].max())
    return 2 if breadths[third:-third].min() < _WAIST * ends else 1
