"""Thins masks to lines, without scikit-image, which is not part of the base install."""

import cv2
import numpy as np

from fundusfm.models.segmentation.arrays import Mask

# Weights of a pixel's eight neighbours, clockwise from the one above it: their sum says which of them are in the mask.
_WEIGHTS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)
_ABOVE, _RIGHT, _BELOW, _LEFT = 1, 4, 16, 64


def thinned(mask: Mask) -> Mask:
    """Thins a mask to lines one pixel wide with the same connections.

    Source: Zhang and Suen, A fast parallel algorithm for thinning digital patterns, Communications of the ACM 27:236,
    1984.

    Args:
        mask: bool (height, width).

    Returns:
        bool (height, width).
    """
    line = mask.astype(np.uint8)
    while True:
        before = np.count_nonzero(line)
        for removable in _REMOVABLE:
            around = cv2.filter2D(line, -1, _WEIGHTS, borderType=cv2.BORDER_CONSTANT)
            line[removable[around]] = 0
        if np.count_nonzero(line) == before:
            return line > 0


def _removable(first: int, second: int) -> Mask:
    """Returns whether a pixel is removed, for each of the 256 sets of neighbours that it can have.

    Args:
        first: Three of the four nearest neighbours, one of which has to be missing.
        second: Three others.
    """
    found = np.zeros(256, np.bool_)
    for around in range(256):
        ring = [around >> place & 1 for place in range(8)]
        risen = sum(ring[place] == 0 and ring[(place + 1) % 8] == 1 for place in range(8))
        missing = around & first != first and around & second != second
        found[around] = 2 <= sum(ring) <= 6 and risen == 1 and missing
    return found


_REMOVABLE = (
    _removable(_ABOVE | _RIGHT | _BELOW, _RIGHT | _BELOW | _LEFT),
    _removable(_ABOVE | _RIGHT | _LEFT, _ABOVE | _BELOW | _LEFT),
)
"""The two steps of a round: whether a pixel is removed, by its neighbours."""
