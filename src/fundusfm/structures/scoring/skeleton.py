"""Centrelines of vessels, by the two algorithms of scikit-image."""

import numpy as np
from skimage.morphology import skeletonize

from fundusfm.models.segmentation.arrays import Mask


def skeleton(mask: Mask) -> Mask:
    """Thins a mask to lines one pixel wide with the same connections, as the authors of clDice do.

    Source: Zhang and Suen, Communications of the ACM 27:236, 1984. It shortens some diagonal lines by a fifth.
    """
    return np.asarray(skeletonize(mask), dtype=np.bool_)  # type: ignore[no-untyped-call]


def centreline(mask: Mask) -> Mask:
    """Thins a mask for measuring: straight lines at every angle stay in one piece and keep their ends.

    Source: Lee, Kashyap and Chu, CVGIP 56:462, 1994.
    """
    return np.asarray(skeletonize(mask, method="lee"), dtype=np.bool_)  # type: ignore[no-untyped-call]
