"""Arrays of pixels as the bytes of a PNG or JPEG file."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

_TO_OPENCV = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
"""Conversion to OpenCV's order of channels, by number of channels."""


def jpeg_bytes(image: NDArray[np.uint8], *, quality: int = 95, options: Sequence[int] = ()) -> bytes:
    """Encodes a picture as JPEG.

    Args:
        image: uint8 (height, width, 3) RGB, or (height, width) grey.
        quality: 0 to 100.
        options: Further pairs of OpenCV's flags and values.
    """
    return _encoded(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality, *options])


def png_bytes(image: NDArray[np.uint8] | NDArray[np.uint16], *, options: Sequence[int] = ()) -> bytes:
    """Encodes a picture as PNG.

    Args:
        image: uint8 or uint16, (height, width, 3) RGB, (height, width, 4) RGBA, or (height, width) grey.
        options: Pairs of OpenCV's flags and values, such as the level of compression.
    """
    return _encoded(".png", image, options)


def _encoded(suffix: str, image: NDArray[np.uint8] | NDArray[np.uint16], options: Sequence[int]) -> bytes:
    ordered = cv2.cvtColor(image, _TO_OPENCV[image.shape[2]]) if image.ndim == 3 else image
    done, encoded = cv2.imencode(suffix, ordered, options)
    if not done:
        raise RuntimeError(f"OpenCV could not encode a {suffix.lstrip('.').upper()}")
    return encoded.tobytes()
