"""Heat maps over photographs, faint where the map is low so that the photograph stays readable."""

import matplotlib
import numpy as np

from fundusfm.data.crop import Crop

COLOR_MAP = "viridis"
"""Perceptually uniform and readable in grey; its blue-to-yellow range is the one that a retina's reds leave free."""

_STRENGTH = 0.65
_RIM = 0.02


def overlay(image: np.ndarray, heat: np.ndarray, *, strength: float = _STRENGTH) -> np.ndarray:
    """Blends a heat map over an image, with an opacity that grows with the heat.

    Args:
        image: uint8 (h, w, 3) RGB.
        heat: float (h, w) in 0..1.
        strength: Opacity where the heat is 1.

    Returns:
        uint8 (h, w, 3); unchanged where the heat is 0.
    """
    colors = color_table()[np.rint(np.clip(heat, 0, 1) * 255).astype(np.uint8)]
    opacity = (strength * np.clip(heat, 0, 1))[..., None]
    blended: np.ndarray = np.rint(image * (1 - opacity) + colors * opacity).astype(np.uint8)
    return blended


def color_table() -> np.ndarray:
    """Returns the colour map as uint8 (256, 3) RGB."""
    table: np.ndarray = np.rint(matplotlib.colormaps[COLOR_MAP](np.arange(256))[:, :3] * 255).astype(np.uint8)
    return table


def inside_fov(heat: np.ndarray, crop: Crop) -> np.ndarray:
    """Clears a crop's map outside the field of view, with a soft rim.

    Args:
        heat: float32 (size, size) in 0..1.
        crop: Where the map comes from; without a fitted circle nothing is cleared.

    Returns:
        float32 (size, size).
    """
    if not crop.fov.found:
        return heat
    centre = np.arange(crop.size, dtype=np.float32) + 0.5 - crop.size / 2
    distance = np.hypot(centre[:, None], centre[None]) / (crop.size / 2)
    masked: np.ndarray = heat * np.clip((1 - distance) / _RIM, 0, 1).astype(np.float32)
    return masked


def in_original(heat: np.ndarray, crop: Crop, height: int, width: int) -> np.ndarray:
    """Places a crop's map on the original photograph.

    Args:
        heat: float32 (size, size) in 0..1.
        crop: Where the map comes from.
        height: Of the original photograph.
        width: Of the original photograph.

    Returns:
        float32 (height, width) in 0..1, in original pixels; 0 outside the field of view.
    """
    placed = crop.paste(inside_fov(heat, crop), height, width)
    clipped: np.ndarray = np.clip(placed, 0, 1).astype(np.float32)
    return clipped
