"""Pictures made small enough for pages, sheets and archives."""

import cv2
import numpy as np
from numpy.typing import NDArray


def shrunk(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """Returns a picture whose longer side has at most `longest` pixels; a smaller one as it is.

    Args:
        image: uint8 (height, width) or (height, width, channels).
        longest: Longer side in pixels, at most.
    """
    height, width = image.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return image
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
