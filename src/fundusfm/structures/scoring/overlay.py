"""A mask drawn over a photograph: what a prediction found, what it invented, what it missed.

The colours keep apart in every common form of colour blindness (two of Okabe and Ito's, and white), and lie on a dark
grey copy of the photograph: on a retina's own orange no warm colour can be told from it.
"""

import cv2
import numpy as np
import numpy.typing as npt

from fundusfm.models.segmentation.arrays import Mask

Image = npt.NDArray[np.uint8]

FOUND = (240, 240, 240)
INVENTED = (230, 130, 0)
MISSED = (60, 170, 240)
LEGEND = {"found (true positive)": FOUND, "invented (false positive)": INVENTED, "missed (false negative)": MISSED}
"""What each colour means, RGB."""

ARTERY_VEIN_LEGEND = {"right": FOUND, "vein called artery": INVENTED, "artery called vein": MISSED}

_VESSEL = (90, 220, 255)
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
    drawn[truth & predicted & fov] = FOUND
    drawn[predicted & ~truth & fov] = INVENTED
    drawn[truth & ~predicted & fov] = MISSED
    return drawn


def artery_vein_overlay(image: Image, arteries: Mask, veins: Mask, called: Mask, counted: Mask) -> Image:
    """Draws which of the drawn vessels have the right name.

    Args:
        image: uint8 (height, width, 3) RGB.
        arteries: bool (height, width), drawn.
        veins: bool (height, width), drawn.
        called: bool (height, width), where a vessel would be called an artery.
        counted: bool (height, width); nothing is drawn outside.

    Returns:
        uint8 (height, width, 3).
    """
    drawn = _dark_grey(image, counted)
    one = (arteries ^ veins) & counted
    drawn[one & (arteries == called)] = FOUND
    drawn[one & veins & called] = INVENTED
    drawn[one & arteries & ~called] = MISSED
    return drawn


def mask_overlay(image: Image, predicted: Mask, *, strength: float = 0.75) -> Image:
    """Draws a prediction without a truth, light blue over the photograph in its own colours.

    Args:
        image: uint8 (height, width, 3) RGB.
        predicted: bool (height, width).
        strength: Opacity of the drawing.

    Returns:
        uint8 (height, width, 3).
    """
    drawn = image.copy()
    blended = drawn[predicted] * (1 - strength) + np.array(_VESSEL) * strength
    drawn[predicted] = np.rint(blended).astype(np.uint8)
    return drawn


def _dark_grey(image: Image, fov: Mask) -> Image:
    # Green shows vessels best. It is stretched so that a dark photograph stays visible below the drawing.
    green = image[..., 1].astype(np.float32)
    low, high = np.percentile(green[fov], (1, 99)) if fov.any() else (0.0, 255.0)
    level = np.clip((green - low) / max(high - low, 1.0), 0, 1) * (_BRIGHTEST - _DARKEST) + _DARKEST
    grey = np.rint(level * fov).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
