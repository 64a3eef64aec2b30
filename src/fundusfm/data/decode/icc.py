"""Colour profiles: pixels of any colour space become sRGB."""

import functools
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_SAME = 2
"""Levels of 255 up to which a profile is sRGB under another name; such pixels stay as they are."""

_MODES = ("RGB", "L", "CMYK")


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    """Converts a picture to sRGB.

    Args:
        image: Mode RGB, L or CMYK.
        profile: ICC profile of its pixels.

    Returns:
        The picture as RGB; None where there is nothing to convert: no profile, one that is sRGB already, or one that
        is damaged or belongs to pixels of another kind.
    """
    if not profile or image.mode not in _MODES:
        return None
    transform = _transform(profile, image.mode)
    return None if transform is None else ImageCms.applyTransform(image, transform)


def pixels_to_srgb(pixels: NDArray[np.uint8], profile: bytes | None) -> NDArray[np.uint8]:
    """Converts uint8 (height, width, 3) pixels, RGB or grey as RGB, where there is something to convert."""
    if not profile:
        return pixels
    if _transform(profile, "RGB") is not None:
        converted = to_srgb(Image.fromarray(pixels), profile)
    elif _transform(profile, "L") is not None:
        converted = to_srgb(Image.fromarray(np.ascontiguousarray(pixels[..., 0])), profile)
    else:
        return pixels
    return pixels if converted is None else np.array(converted)


@functools.lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if _is_srgb(transform, mode) else transform


def _is_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    if mode == "CMYK":
        return False
    levels = np.linspace(0, 255, 18).round().astype(np.uint8)
    if mode == "L":
        grid = Image.fromarray(levels[None])
    else:
        grid = Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3))
    before = np.asarray(grid.convert("RGB"), int)
    return bool(np.abs(np.asarray(ImageCms.applyTransform(grid, transform), int) - before).max() <= _SAME)
