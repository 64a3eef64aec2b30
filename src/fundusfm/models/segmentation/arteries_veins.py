"""Arteries told from veins: a vessel is one or the other as far as it goes on straight."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.models.segmentation.arrays import Mask
from fundusfm.models.segmentation.runs import runs_of
from fundusfm.models.segmentation.thinning import thinned


def separate_arteries(vessels: Mask, difference: NDArray[np.float32]) -> tuple[Mask, Mask]:
    """Assigns every vessel to the arteries or the veins, by the mean over its pixels.

    A vessel is a segment between two branch points or crossings of the centreline, with those that continue it beyond
    them; see `runs_of`. A network judges each pixel on its own, and may change from artery to vein along one vessel.

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
    widths = np.asarray(cv2.distanceTransform(vessels.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    nearest = runs_of(np.where(segments, nearest, 0), widths)[nearest]
    sums = np.bincount(nearest[vessels], weights=difference[vessels], minlength=int(nearest.max()) + 1)
    arterial = (sums >= 0)[nearest]
    return vessels & arterial, vessels & ~arterial
