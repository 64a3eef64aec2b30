"""Hits and errors of a predicted mask, drawn over the photograph.

White and two colours of Okabe and Ito's can be told apart in every common form of colour blindness. The photograph
beneath is dark grey, because no warm colour stands out on the orange of a retina.
"""

import cv2
import numpy as np
import numpy.typing as npt

from fundusfm.models.segmentation.arrays import Mask

Image = npt.NDArray[np.uint8]

TRUE_POSITIVE = (240, 240, 240)
FALSE_POSITIVE = (230, 130, 0)
FALSE_NEGATIVE = (60, 170, 240)
LEGEND = {
    "found (true positive)": TRUE_POSITIVE,
    "wrongly marked (false positive)": FALSE_POSITIVE,
    "missed (false negative)": FALSE_NEGATIVE,
}
"""Meaning to colour, RGB; of arteries and veins likewise below."""

ARTERY_VEIN_LEGEND = {
    "right": TRUE_POSITIVE,
    "vein called artery": FALSE_POSITIVE,
    "artery called vein": FALSE_NEGATIVE,
}

_DARKEST, _BRIGHTEST = 12, 105


def error_overlay(image: Image, truth: Mask, predicted: Mask, fov: Mask) -> Image:
    """Draws a prediction's hits and errors inside the field of view.

    Args:
        image: uint8 (height, width, 3) RGB.
        truth: bool (height, width), what the observer drew.
        predicted: bool (height, width).
        fov: bool (height, width); nothing is drawn outside.

    Returns:
        uint8 (height, width, 3).
    """
    drawn = _dark_grey(image, fov)
    drawn[truth & predicted & fov] = TRUE_POSITIVE
    drawn[predicted & ~truth & fov] = FALSE_POSITIVE
    drawn[truth & ~predicted & fov] = FALSE_NEGATIVE
    return drawn


def artery_vein_overlay(image: Image, arteries: Mask, veins: Mask, called: Mask, counted: Mask) -> Image:
    """Draws which of the observer's vessels are called by their right name.

    Args:
        image: uint8 (height, width, 3) RGB.
        arteries: bool (height, width), the observer's arteries.
        veins: bool (height, width), the observer's veins.
        called: bool (height, width), where a vessel is, or would be, called an artery.
        counted: bool (height, width); nothing is drawn outside.

    Returns:
        uint8 (height, width, 3).
    """
    drawn = _dark_grey(image, counted)
    one = (arteries ^ veins) & counted
    drawn[one & (arteries == called)] = TRUE_POSITIVE
    drawn[one & veins & called] = FALSE_POSITIVE
    drawn[one & arteries & ~called] = FALSE_NEGATIVE
    return drawn


def _dark_grey(image: Image, fov: Mask) -> Image:
    # Green shows vessels best. It is stretched so that a dark photograph stays visible below the drawing.
    green = image[..., 1].astype(np.float32)
    low, high = np.percentile(green[fov], (1, 99)) if fov.any() else (0.0, 255.0)
    level = np.clip((green - low) / max(high - low, 1.0), 0, 1) * (_BRIGHTEST - _DARKEST) + _DARKEST
    grey = np.rint(level * fov).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
