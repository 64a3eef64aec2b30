"""From any pixel format to 8-bit RGB: one rule for the depth, the colour profile and transparency."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fundusfm.data.decode.icc import pixels_to_srgb, to_srgb

MOST_PIXELS = 150_000_000
"""The largest fundus cameras stay far below; a small file that unpacks to more is damaged or hostile."""

SIXTEEN_BITS = 65535
_TWELVE_BITS = 4095
_FULL_SCALES = (255, 1023, 4095, 16383, SIXTEEN_BITS)
_BLOCK = 1 << 22


def full_scale(top: float, declared: int = SIXTEEN_BITS) -> float:
    """Returns the value that stands for white.

    Cameras write 10, 12 or 14 significant bits into 16-bit files without saying so: the values show it. Where a file
    declares up to 12 bits, its word is taken, so that a dark photograph stays dark.

    Args:
        top: The largest value in the picture.
        declared: The largest value that the file allows.
    """
    if declared <= _TWELVE_BITS:
        return float(max(declared, top, 1))
    return float(next((full for full in _FULL_SCALES if top <= full), max(declared, top)))


def to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Decodes the current page strictly and converts it to sRGB; transparent pixels become black, as around the FOV.

    16-bit grey is scaled by `full_scale`. Real-valued pixels count from 0 to 1 where none is larger, else to 255.

    Returns:
        uint8 (height, width, 3), not rotated by EXIF.
    """
    image.load()
    if image.mode == "F" or image.mode.startswith("I"):
        grey = _eight_bit_grey(np.asarray(image))
        return np.repeat(grey[..., None], 3, axis=-1)
    profile = image.info.get("icc_profile")
    converted = to_srgb(image, profile)
    if converted is not None:
        return np.array(converted)
    if image.mode == "RGB":
        return np.array(image)
    if image.has_transparency_data:
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image.convert("RGBA"))
    return pixels_to_srgb(np.array(image.convert("RGB")), profile)


def deep_to_rgb(values: NDArray[np.uint16], profile: bytes | None) -> NDArray[np.uint8]:
    """Converts 16-bit colour as `to_rgb` does.

    Args:
        values: uint16 (height, width, 3 or 4), RGB or RGBA.
        profile: ICC profile, or None.
    """
    colours = values[..., :3]
    pixels = scaled(colours, full_scale(float(colours.max(initial=0))))
    if values.shape[2] == 4:
        pixels = scaled(pixels * (values[..., 3:].astype(np.float32) / SIXTEEN_BITS), 255.0)
    return pixels_to_srgb(pixels, profile)


def scaled(values: NDArray[np.generic], full: float) -> NDArray[np.uint8]:
    """Maps 0 to 0 and `full` to 255; block by block, so that large pictures take little memory beside themselves."""
    if values.dtype == np.uint8 and full == 255:
        return np.ascontiguousarray(values, np.uint8)
    shown = np.empty(values.shape, np.uint8)
    for rows in _blocks(values):
        part = np.nan_to_num(values[rows].astype(np.float32), nan=0.0)
        shown[rows] = np.clip(np.rint(part * (255.0 / full)), 0, 255)
    return shown


def _blocks(values: NDArray[np.generic]) -> Iterator[slice]:
    height = max(1, _BLOCK * len(values) // max(1, values.size))
    return (slice(start, start + height) for start in range(0, len(values), height))


def _eight_bit_grey(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    tops = [np.nan_to_num(values[rows], nan=0.0).max(initial=0) for rows in _blocks(values)]
    top = float(max(tops, default=0))
    if np.issubdtype(values.dtype, np.floating):
        return scaled(values, 1.0 if top <= 1 else 255.0)
    return scaled(values, full_scale(min(top, SIXTEEN_BITS)))
