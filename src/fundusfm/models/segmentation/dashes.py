"""Takes away what is no vessel though a network says so: dashes too short to be one, and lines along the rim."""

import cv2
import numpy as np

from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.disc import extent_of

_SHORTEST = 0.0125
"""Least length of a piece, as a share of the field of view's diameter: 10 of 800 pixels."""

_RIM = 0.02
"""Width of the rim of the field of view, as a share of its diameter."""

_MOST_ON_RIM = 0.7
"""Largest share of a piece that may lie on the rim: a vessel leaves it, the camera's edge does not."""


def without_dashes(vessels: Mask, inside: Mask) -> Mask:
    """Returns the vessels without the pieces that are short, or lie on the rim.

    Args:
        vessels: bool (height, width), nothing outside the field of view.
        inside: bool (height, width), the field of view.
    """
    across = extent_of(inside)
    count, numbers, boxes, _ = cv2.connectedComponentsWithStats(vessels.astype(np.uint8), connectivity=8)
    # Padded: where the frame cuts the field of view off, there is a rim too.
    depth = cv2.distanceTransform(np.pad(inside, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)[1:-1, 1:-1]
    on_rim = np.bincount(numbers[vessels & (depth <= _RIM * across)], minlength=count)
    kept = np.hypot(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]) >= _SHORTEST * across
    kept &= on_rim <= _MOST_ON_RIM * boxes[:, cv2.CC_STAT_AREA]
    kept[0] = False
    return np.asarray(kept[numbers])
