"""Centrelines of vessels."""

import numpy as np
import numpy.typing as npt
from skimage.morphology import skeletonize


def skeleton(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Thins a mask to lines one pixel wide with the same connections; scikit-image's, after Zhang and Suen (1984)."""
    return np.asarray(skeletonize(mask), dtype=np.bool_)  # type: ignore[no-untyped-call]
