"""Heat maps over photographs, faint where the map is low so that the photograph stays readable."""

import matplotlib
import numpy as np

from fundusfm.data.fov.crop import Crop

COLOR_MAP = "viridis"
"""Perceptually uniform and readable in grey; its blue-to-yellow range is the one that a retina's reds leave free."""

_STRENGTH = 0.55
# Above 1, so that weak evidence leaves no veil over the whole photograph.
_OPACITY_POWER = 1.5
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
    opacity = (strength * np.clip(heat, 0, 1) ** _OPACITY_POWER)[..., None]
    blended: np.ndarray = np.rint(image * (1 - opacity) + colors * opacity).astype(np.uint8)
    return blended


def heat_image(heat: np.ndarray) -> np.ndarray:
    """Colours a heat map as a layer of its own, transparent where the heat is 0.

    Args:
        heat: float (h, w) in 0..1.

    Returns:
        uint8 (h, w, 4) RGBA; laid over a photograph it looks as `overlay` does at full strength.
    """
    clipped = np.clip(heat, 0, 1)
    opacity = np.rint(clipped**_OPACITY_POWER * 255).astype(np.uint8)
    layer: np.ndarray = np.dstack([color_table()[np.rint(clipped * 255).astype(np.uint8)], opacity])
    return layer


def color_table() -> np.ndarray:
    """Returns the colour map as uint8 (256, 3) RGB."""
    table: np.ndarray = np.rint(matplotlib.colormaps[COLOR_MAP](np.arange(256))[:, :3] * 255).astype(np.uint8)
    return table


def in_original(heat: np.ndarray, crop: Crop, height: int, width: int) -> np.ndarray:
    """Places a crop's map on the original photograph and clears it outside the field of view.

    Args:
        heat: float32 (size, size) in 0..1.
        crop: Crop that the map was computed on; without a fitted circle nothing is cleared.
        height: Height of the original photograph in pixels.
        width: Width of the original photograph in pixels.

    Returns:
        float32 (height, width) in 0..1, in original pixels.
    """
    placed: np.ndarray = np.clip(crop.paste(heat, height, width), 0, 1).astype(np.float32)
    fov = crop.fov
    if fov.found:
        # In original pixels: a circle drawn in the smaller crop would leak over the rim when enlarged.
        down = np.arange(height, dtype=np.float32)[:, None] + 0.5 - fov.y
        across = np.arange(width, dtype=np.float32)[None] + 0.5 - fov.x
        placed *= np.clip((1 - np.hypot(down, across) / fov.radius) / _RIM, 0, 1)
    return placed


def inside_circle(heat: np.ndarray) -> np.ndarray:
    """Clears the map of a crop outside the circle that touches its sides: corners are no part of the eye.

    Args:
        heat: float32 (size, size) in 0..1.
    """
    half = heat.shape[0] / 2
    centres = (np.arange(heat.shape[0], dtype=np.float32) + 0.5 - half) / half
    distance = np.hypot(centres[:, None], centres[None])
    cleared: np.ndarray = (heat * np.clip((1 - distance) / _RIM, 0, 1)).astype(np.float32)
    return cleared
