"""Drawn masks: from an image file to true and false, in the photograph's own pixels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import decode
from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ReadMask:
    """A mask as read from its file.

    Attributes:
        mask: bool (height, width).
        levels: Number of different grey levels in the file; more than two say that an edge was smoothed or that the
            file is no mask.
    """

    mask: Mask
    levels: int


def read_mask(path: Path) -> ReadMask:
    """Reads a mask: true from half of the file's largest value on, so masks of 0 and 1 and of 0 and 255 read alike.

    Of a coloured mask, such as arteries in red and veins in blue, the brightest channel counts.

    Args:
        path: Any format that a photograph may have, see `fundusfm.data.decode.image`.

    Raises:
        DecodeError: The file is missing or damaged.
    """
    grey = decode(path).image.max(axis=-1)
    top = int(grey.max())
    mask = grey >= top / 2 if top else np.zeros(grey.shape, np.bool_)
    return ReadMask(mask, int(np.count_nonzero(np.bincount(grey.ravel(), minlength=256))))


def circle_mask(fov: FOV, height: int, width: int) -> Mask:
    """Returns the pixels whose centre lies in the circle, bool (height, width); all where no circle was found."""
    if not fov.found:
        return np.ones((height, width), np.bool_)
    down = np.arange(height, dtype=np.float32)[:, None] + 0.5 - fov.y
    across = np.arange(width, dtype=np.float32)[None] + 0.5 - fov.x
    return np.asarray(down**2 + across**2 <= fov.radius**2)


def crop_mask(mask: Mask, crop: Crop) -> Mask:
    """Takes the crop of a mask: true where at least half of a pixel's area is.

    Args:
        mask: bool (height, width), in original pixels.
        crop: The square and its size.

    Returns:
        bool (size, size).
    """
    return np.asarray(crop.apply(mask.astype(np.uint8) * 255) >= 128)
