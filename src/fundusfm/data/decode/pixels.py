"""From any of Pillow's pixel modes to 8-bit RGB."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TWELVE_BITS = 4095
MOST_PIXELS = 150_000_000
"""The largest fundus cameras stay far below; a small file that unpacks to more is damaged or hostile."""


def to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Decodes the first frame strictly and converts it; transparent pixels become black, as around the FOV.

    16-bit grey is scaled from its full range, or from 12 bits where no value needs more; real-valued pixels count
    from 0 to 1 where none is larger, else from 0 to 255. Pillow itself keeps the high byte of 16-bit colour.

    Returns:
        uint8 (height, width, 3), not rotated by EXIF.
    """
    image.load()
    if image.mode == "RGB":
        return np.array(image)
    if image.mode == "F" or image.mode.startswith("I"):
        grey = _eight_bit(np.asarray(image))
        return np.repeat(grey[..., None], 3, axis=-1)
    if image.has_transparency_data:
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return np.array(Image.alpha_composite(black, image.convert("RGBA")).convert("RGB"))
    return np.array(image.convert("RGB"))


def _eight_bit(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0)
    top = float(numbers.max(initial=0.0))
    if np.issubdtype(values.dtype, np.floating):
        full = 1.0 if top <= 1 else 255.0
    elif top <= 255 and values.dtype.itemsize > 2:
        full = 255.0
    else:
        full = float(TWELVE_BITS) if top <= TWELVE_BITS else 65535.0
    return np.asarray(np.clip(np.rint(numbers * (255.0 / full)), 0, 255), dtype=np.uint8)
