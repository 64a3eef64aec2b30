"""The photographs as the page shows them: in colour, or red-free with even contrast."""

import functools
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from fundusfm.data.decode.image import decode
from fundusfm.data.encode import jpeg_bytes

View = Literal["colour", "red-free"]

_LONGEST = 2400
"""Longer side in pixels, at most: enough to zoom to single microaneurysms of a 45 degree photograph."""
_JPEG_QUALITY = 92
_CLIP_LIMIT, _TILES = 2.0, (8, 8)
_KEPT = 16


@functools.lru_cache(maxsize=_KEPT)
def picture(path: str, view: View) -> bytes:
    """Returns a photograph as JPEG.

    Red-free is the green channel, where vessels, haemorrhages and exudates stand out most, with contrast evened out in
    tiles (CLAHE; Zuiderveld, Graphics Gems IV, 1994).

    Args:
        path: Its file.
        view: `colour` or `red-free`.

    Raises:
        DecodeError: The file cannot be decoded.
    """
    image = decode(Path(path), min_side=_LONGEST).image
    scale = _LONGEST / max(image.shape[:2])
    if scale < 1:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    if view == "red-free":
        green = np.ascontiguousarray(image[..., 1])
        shown = np.asarray(cv2.createCLAHE(_CLIP_LIMIT, _TILES).apply(green), np.uint8)
    else:
        shown = image
    return jpeg_bytes(shown, quality=_JPEG_QUALITY)
