"""Masks from image files, in the photograph's own pixels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fundusfm.data.decode.image import decode
from fundusfm.data.fov.detect import FOV
from fundusfm.errors import DecodeError
from fundusfm.models.segmentation.arrays import Mask

_UNSURE = 3


@dataclass(frozen=True)
class ReadMask:
    """A mask as read from its file.

    Attributes:
        mask: bool (height, width).
        levels: Number of different grey levels in the file. More than two mean that edges were smoothed, or that the
            file is no mask.
    """

    mask: Mask
    levels: int


def read_mask(path: Path) -> ReadMask:
    """Reads a mask: true from half of the file's largest value on, whether it holds 0 and 1 or 0 and 255.

    In a coloured mask, such as arteries in red and veins in blue, the brightest channel counts.

    Args:
        path: Any format that a photograph may have, see `fundusfm.data.decode.image`.

    Raises:
        DecodeError: The file is missing or damaged.
    """
    grey = decode(path).image.max(axis=-1)
    top = int(grey.max())
    mask = grey >= top / 2 if top else np.zeros(grey.shape, np.bool_)
    return ReadMask(mask, int(np.count_nonzero(np.bincount(grey.ravel(), minlength=256))))


def read_artery_vein(path: Path) -> tuple[Mask, Mask, Mask]:
    """Reads a mask of arteries and veins.

    Args:
        path: An image of numbers (0 background, 1 artery, 2 vein, 3 crossing or uncertain), or of the colours of RITE
            (Hu et al., MICCAI 2013): red artery, blue vein, green crossing, white uncertain.

    Returns:
        Arteries, veins, and vessels that are not known to be either, each bool (height, width).

    Raises:
        DecodeError: The file is missing or damaged, or holds other numbers.
    """
    image = decode(path).image
    red, green, blue = (image[..., channel] for channel in range(3))
    if (red == green).all() and (green == blue).all():
        if red.max() > _UNSURE:
            raise DecodeError(
                f"{path} holds the number {red.max()}; a mask of arteries and veins has 0 background, 1 artery, 2 vein "
                "and 3 crossing or uncertain, or red arteries, blue veins and green crossings"
            )
        return red == 1, red == 2, red == _UNSURE
    bright = image >= 128
    some = bright.any(axis=-1)
    arteries, veins = some & bright[..., 0] & ~bright[..., 1:].any(-1), some & bright[..., 2] & ~bright[..., :2].any(-1)
    return arteries, veins, some & ~arteries & ~veins


def circle_mask(fov: FOV, height: int, width: int) -> Mask:
    """Returns the pixels whose centre lies in the circle, bool (height, width); all of them if none was found."""
    if not fov.found:
        return np.ones((height, width), np.bool_)
    down = np.arange(height, dtype=np.float32)[:, None] + 0.5 - fov.y
    across = np.arange(width, dtype=np.float32)[None] + 0.5 - fov.x
    return np.asarray(down**2 + across**2 <= fov.radius**2)
