"""Which connected pieces of a mask count: those with a pixel that the network is sure of (hysteresis thresholding)."""

import cv2
import numpy as np

from fundusfm.models.segmentation.arrays import Mask


def sure_pieces(mask: Mask, sure: Mask) -> Mask:
    """Returns the pieces of a mask that hold a sure pixel (Canny, IEEE TPAMI 1986: two thresholds).

    A high threshold alone would leave out false lesions, and the rims of true ones with them.

    Args:
        mask: bool (height, width), at the lower threshold; corners connect.
        sure: bool (height, width), at the higher one.

    Returns:
        bool (height, width).
    """
    count, pieces = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, bool)
    kept[pieces[mask & sure]] = True
    return np.asarray(kept[pieces], np.bool_)
