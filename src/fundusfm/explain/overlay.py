"""Heat maps over photographs: a cyan veil and contour lines, through which the photograph stays readable."""

import cv2
import numpy as np

from fundusfm.data.fov.crop import Crop

COLOR = (0, 229, 255)
"""Cyan, RGB: a retina, its lesions and its vessels are red, orange, yellow, white or dark, so this is none of them."""

CONTOURS = (0.5, 0.8)
"""Heat at which lines are drawn, as shares of the map's own maximum."""

LEGEND = "Cyan: what raised the score. Lines: half and 80 % of the maximum."

_STRENGTH = 0.55
# Above 1, so that weak evidence leaves no veil over the whole photograph.
_OPACITY_POWER = 1.5
_RIM = 0.02
_LINE_SHARE = 1 / 320
"""Width of a contour line, as a share of the picture's side."""


def overlay(image: np.ndarray, heat: np.ndarray, *, strength: float = _STRENGTH) -> np.ndarray:
    """Lays a heat map over an image, with an opacity that grows with the heat.

    Args:
        image: uint8 (h, w, 3) RGB.
        heat: float (h, w) in 0..1.
        strength: Opacity where the heat is 1; lines are drawn at full opacity, and none at 0.

    Returns:
        uint8 (h, w, 3); unchanged where the heat is 0.
    """
    opacity = _opacity(heat, strength)[..., None]
    blended: np.ndarray = np.rint(image * (1 - opacity) + np.array(COLOR) * opacity).astype(np.uint8)
    return blended


def heat_image(heat: np.ndarray, *, strength: float = _STRENGTH) -> np.ndarray:
    """Draws a heat map as a layer of its own, transparent where the heat is 0.

    Args:
        heat: float (h, w) in 0..1.
        strength: As for `overlay`.

    Returns:
        uint8 (h, w, 4) RGBA; laid over a photograph it looks as `overlay` does.
    """
    layer = np.empty((*heat.shape, 4), np.uint8)
    layer[..., :3] = COLOR
    layer[..., 3] = np.rint(_opacity(heat, strength) * 255)
    return layer


def _opacity(heat: np.ndarray, strength: float) -> np.ndarray:
    """Returns float (h, w): how much of the colour covers each pixel, veil and lines together."""
    clipped = np.clip(heat, 0, 1).astype(np.float32)
    opacity: np.ndarray = strength * clipped**_OPACITY_POWER
    if strength == 0:
        return opacity
    lines = np.zeros(heat.shape, np.uint8)
    width = max(1, round(max(heat.shape) * _LINE_SHARE))
    for level in CONTOURS:
        edges, _ = cv2.findContours((clipped >= level).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(lines, edges, -1, 255, width, cv2.LINE_AA)
    drawn: np.ndarray = np.maximum(opacity, lines.astype(np.float32) / 255)
    return drawn


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
