"""Arteries told from veins: a vessel is one or the other from one branch point to the next."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.thinning import thinned


def separate_arteries(vessels: Mask, difference: NDArray[np.float32]) -> tuple[Mask, Mask]:
    """Assigns every segment of the vessel tree to the arteries or the veins, by the mean over its pixels.

    A segment runs between two branch points or crossings of the centreline. A network judges each pixel on its own, and
    may change from artery to vein along one vessel.

    Args:
        vessels: bool (height, width).
        difference: float (height, width), the probability of artery minus that of vein.

    Returns:
        Arteries and veins, bool (height, width) each. Together they are the vessels, and no pixel is both.
    """
    line = thinned(vessels)
    neighbours = cv2.filter2D(line.astype(np.uint8), -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT) - 1
    branch_points = line & (neighbours > 2)
    segments = line & ~(cv2.dilate(branch_points.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    if not segments.any():
        arterial = np.full(vessels.shape, difference[vessels].sum() >= 0)
        return vessels & arterial, vessels & ~arterial
    # The number of the nearest segment, for every pixel. OpenCV measures distances to zeros, so segments are zero.
    _, nearest = cv2.distanceTransformWithLabels(
        (~segments).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_CCOMP
    )
    sums = np.bincount(nearest[vessels], weights=difference[vessels], minlength=int(nearest.max()) + 1)
    arterial = (sums >= 0)[nearest]
    return vessels & arterial, vessels & ~arterial
