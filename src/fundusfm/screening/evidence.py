"""What the pixels of a crop say about a photograph: light, colour, sharpness, contours, grain.

Everything is measured on one crop of `SIDE` pixels, whatever the model's size: a limit then means the same for every
bundle, and structure is counted in shares of the field of view rather than in pixels of the camera.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop

SIDE = 192
"""Side of the measured crop: public photographs are rarely smaller, so that few are enlarged."""

_RIM = 0.93
"""Share of the radius that is looked at; the rim itself is dark, blurred or reflects."""
_UNLIT, _DARK, _CLIPPED = 15, 30, 245
# Standard deviations in pixels of the crop: vessels are 1 to 4 pixels wide at this size.
_FINE, _MIDDLE = 1.5, 5.0
_FLOOR = 10.0
_CONTOUR = 0.25
_FEWEST = 50


@dataclass(frozen=True)
class Evidence:
    """Measurements of a crop; shares are of the pixels inside the circle and inside the frame.

    Attributes:
        circle: Whether a circular field of view was found.
        lit: Share brighter than black.
        brightness: Median of the mean channel, 0..255, of the lit pixels.
        dark: Share whose brightest channel is below 30.
        clipped: Share whose red and green are both at the upper end.
        red: Mean share of red in red + green + blue, of the lit pixels.
        green: Likewise of green.
        blue: Likewise of blue.
        tint: Standard deviation of these shares over the crop; 0 for a grey image.
        sharpness: Standard deviation of the local contrast at the scale of vessels, relative to the local brightness.
        grain: Contrast finer than vessels, over `sharpness`.
        contours: Share of pixels with a local contrast that vessels and lesions hardly reach.
    """

    circle: bool
    lit: float
    brightness: float
    dark: float
    clipped: float
    red: float
    green: float
    blue: float
    tint: float
    sharpness: float
    grain: float
    contours: float


def measure(square: NDArray[np.uint8], crop: Crop, height: int, width: int) -> Evidence:
    """Measures a crop.

    Args:
        square: uint8 (SIDE, SIDE, 3), RGB.
        crop: Its geometry.
        height: Of the original photograph, in pixels.
        width: Likewise.
    """
    inside = _inside(crop, height, width)
    red, green, blue = np.moveaxis(square.astype(np.float32), -1, 0)
    brightest, total = np.maximum(np.maximum(red, green), blue), red + green + blue
    lit = inside & (brightest > _UNLIT)
    area = max(int(inside.sum()), 1)
    shares = [channel[lit] / total[lit] if lit.any() else np.zeros(1) for channel in (red, green, blue)]
    sharpness, grain, contours = _local_contrast(total / 3, lit)
    return Evidence(
        circle=crop.fov.found,
        lit=float(lit.sum() / area),
        brightness=float(np.median(total[lit]) / 3) if lit.any() else 0.0,
        dark=float((inside & (brightest < _DARK)).sum() / area),
        clipped=float((inside & (np.minimum(red, green) >= _CLIPPED)).sum() / area),
        red=float(shares[0].mean()),
        green=float(shares[1].mean()),
        blue=float(shares[2].mean()),
        tint=float(np.hypot(shares[0].std(), shares[2].std())),
        sharpness=sharpness,
        grain=grain,
        contours=contours,
    )


def _inside(crop: Crop, height: int, width: int) -> NDArray[np.bool_]:
    """Returns bool (SIDE, SIDE): inside the circle and inside the original frame."""
    middles = np.arange(SIDE) + 0.5
    original = crop.to_original(np.stack([middles, middles], axis=1))
    framed = (original >= 0) & (original < (width, height))
    distance = np.hypot(middles[None] - SIDE / 2, middles[:, None] - SIDE / 2) / (SIDE / 2)
    return np.asarray(framed[None, :, 0] & framed[:, None, 1] & (distance < _RIM))


def _local_contrast(brightness: NDArray[np.float32], lit: NDArray[np.bool_]) -> tuple[float, float, float]:
    # Away from the edge of what is lit: that edge is a contrast of its own.
    core = cv2.erode(lit.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    if core.sum() < _FEWEST:
        return 0.0, 0.0, 0.0
    fine, middle = (cv2.GaussianBlur(brightness, (0, 0), deviation) for deviation in (_FINE, _MIDDLE))
    vessels = ((fine - middle) / (middle + _FLOOR))[core]
    finer = ((brightness - fine) / (middle + _FLOOR))[core]
    sharpness = float(vessels.std())
    grain = float(finer.std() / sharpness) if sharpness > 0 else 0.0
    return sharpness, grain, float((np.abs(vessels) > _CONTOUR).mean())
