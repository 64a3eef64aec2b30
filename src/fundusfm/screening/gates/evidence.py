"""Measurements on the pixels of a crop: light, colour, sharpness, contours and grain.

Everything is measured on one crop of `SIDE` pixels, whatever the size of the model's input. A limit then means the
same for every bundle and every camera.
"""

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop

SIDE = 192
"""Side of the measured crop: public photographs are rarely smaller, so that few are enlarged."""

_RIM = 0.93
"""Share of the radius that is looked at; the rim itself is dark, blurred or reflects."""

_INNER = 0.8
"""Share of the radius in which sharpness is measured: however blurred a photograph is, its rim stays a sharp edge."""

_UNLIT, _DARK, _CLIPPED = 15, 30, 245
# Standard deviations in pixels of the crop: vessels are 1 to 4 pixels wide at this size.
_FINE, _MIDDLE = 1.5, 5.0
# Noise, thin vessels, wide vessels, and the shading that stays when vessels are blurred away.
_NOISE, _THIN, _WIDE, _SHADE, _SHADING = 0.7, 1.0, 2.0, 4.0, 8.0
_NOISE_GAIN = 0.27
"""White noise: its standard deviation in the band of thin vessels, over that in the band of noise."""

_QUARTILE = 1.15
"""Standard deviations of a normal distribution that three quarters of it are within."""

_FLOOR = 10.0
_CONTOUR = 0.25
_FEWEST = 50
_COLOUR_STEP = 4


@dataclass(frozen=True)
class Evidence:
    """Measurements of a crop; shares are of the pixels inside the circle and inside the frame.

    Attributes:
        circle: Whether a circular field of view was found.
        fields: Number of fields of view in the frame.
        diameter: Width of the visible field of view, in pixels of the original photograph.
        lit: Share brighter than black.
        brightness: Median of the mean channel, 0..255, of the lit pixels.
        dark: Share whose brightest channel is below 30.
        clipped: Share whose red and green are both at the upper end.
        flat: Share of the most frequent colour, to 4 of 256 steps in each channel.
        red: Mean share of red in red + green + blue, of the lit pixels.
        green: Mean share of green.
        blue: Mean share of blue.
        tint: Standard deviation of these shares over the crop; 0 for a grey image.
        sharpness: Contrast at the scale of thin vessels, squared, over that of the shading; see `_sharpness`.
        contrast: Standard deviation of the local contrast at the scale of vessels, relative to the local brightness.
        grain: Contrast finer than vessels, over `contrast`.
        contours: Share of pixels whose local contrast is higher than that of vessels and lesions.
    """

    circle: bool
    fields: int
    diameter: float
    lit: float
    brightness: float
    dark: float
    clipped: float
    flat: float
    red: float
    green: float
    blue: float
    tint: float
    sharpness: float
    contrast: float
    grain: float
    contours: float


def measure(square: NDArray[np.uint8], crop: Crop, height: int, width: int, *, fields: int = 1) -> Evidence:
    """Measures a crop.

    Args:
        square: uint8 (SIDE, SIDE, 3), RGB.
        crop: Its geometry.
        height: Height of the original photograph, in pixels.
        width: Width of the original photograph, in pixels.
        fields: Fields of view in the whole frame, as `fundusfm.screening.gates.fields.count_fields` counts them.
    """
    framed, distance = _framed(crop, height, width), _distance()
    inside = framed & (distance < _RIM)
    red, green, blue = (np.asarray(channel, np.float32) for channel in cv2.split(square))
    brightest, total = np.asarray(cv2.max(cv2.max(red, green), blue)), red + green + blue
    brightness = np.asarray(total / 3, np.float32)
    lit = inside & (brightest > _UNLIT)
    area = max(int(inside.sum()), 1)
    shares = [channel[lit] / total[lit] if lit.any() else np.zeros(1) for channel in (red, green, blue)]
    contrast, grain, contours = _local_contrast(brightness, lit)
    return Evidence(
        circle=crop.fov.found,
        fields=fields,
        diameter=float(min(2 * crop.fov.radius, height, width)),
        lit=float(lit.sum() / area),
        brightness=float(np.median(total[lit]) / 3) if lit.any() else 0.0,
        dark=float((inside & (brightest < _DARK)).sum() / area),
        clipped=float((inside & (cv2.min(red, green) >= _CLIPPED)).sum() / area),
        flat=_commonest_colour(square[inside]) / area,
        red=float(shares[0].mean()),
        green=float(shares[1].mean()),
        blue=float(shares[2].mean()),
        tint=float(np.hypot(shares[0].std(), shares[2].std())),
        sharpness=_sharpness(brightness, lit & (distance < _INNER)),
        contrast=contrast,
        grain=grain,
        contours=contours,
    )


def _framed(crop: Crop, height: int, width: int) -> NDArray[np.bool_]:
    """Returns bool (SIDE, SIDE): inside the original frame."""
    middles = np.arange(SIDE) + 0.5
    original = crop.to_original(np.stack([middles, middles], axis=1))
    framed = (original >= 0) & (original < (width, height))
    return np.asarray(framed[None, :, 0] & framed[:, None, 1])


@functools.cache
def _distance() -> NDArray[np.float64]:
    """Returns (SIDE, SIDE): the distance from the crop's centre, in radii."""
    middles = np.arange(SIDE) + 0.5 - SIDE / 2
    return np.asarray(np.hypot(middles[None], middles[:, None]) / (SIDE / 2))


def _sharpness(brightness: NDArray[np.float32], inner: NDArray[np.bool_]) -> float:
    """Measures how much of the contrast lies at the scale of thin vessels, in the direction that has least of it.

    Bands are differences of Gaussians over the local brightness. White noise is taken off the band of thin vessels; how
    much there is shows in the next finer band. The contrast of thin vessels alone would refuse pale fundi that are in
    focus, its ratio to the shading alone would accept a photograph without any contrast: their product separates
    blurred photographs from both. Motion blurs one direction only, so the weakest direction counts.
    """
    core = _eroded(inner)
    if core.sum() < _FEWEST:
        return 0.0
    local = cv2.GaussianBlur(brightness, (0, 0), _SHADING)
    blurred = {scale: cv2.GaussianBlur(brightness, (0, 0), scale) for scale in (_NOISE, _THIN, _WIDE, _SHADE)}
    thin = (blurred[_THIN] - blurred[_WIDE]) / (local + _FLOOR)
    noise = float(((brightness - blurred[_NOISE]) / (local + _FLOOR))[core].std())
    # A bright rim is strong shading in few places and says nothing about blur; the upper quartile leaves it out.
    shading = ((blurred[_SHADE] - local) / (local + _FLOOR))[core]
    spread = float(np.percentile(np.abs(shading - np.median(shading)), 75)) / _QUARTILE
    vessels = max(float(thin[core].std()) ** 2 - (_NOISE_GAIN * noise) ** 2, 0.0)
    return vessels / spread * _evenness(thin, core) if spread > 0 else 0.0


def _evenness(band: NDArray[np.float32], core: NDArray[np.bool_]) -> float:
    """Returns how strong gradients are in their weakest direction: 1 if as in all others, 0 if all are parallel."""
    x, y = cv2.Sobel(band, cv2.CV_32F, 1, 0)[core], cv2.Sobel(band, cv2.CV_32F, 0, 1)[core]
    tensor = np.array([[np.mean(x * x), np.mean(x * y)], [np.mean(x * y), np.mean(y * y)]], np.float64)
    trace = float(np.trace(tensor))
    return 2 * max(float(np.linalg.eigvalsh(tensor)[0]), 0.0) / trace if trace > 0 else 0.0


def _local_contrast(brightness: NDArray[np.float32], lit: NDArray[np.bool_]) -> tuple[float, float, float]:
    core = _eroded(lit)
    if core.sum() < _FEWEST:
        return 0.0, 0.0, 0.0
    fine, middle = (cv2.GaussianBlur(brightness, (0, 0), deviation) for deviation in (_FINE, _MIDDLE))
    vessels = ((fine - middle) / (middle + _FLOOR))[core]
    finer = ((brightness - fine) / (middle + _FLOOR))[core]
    contrast = float(vessels.std())
    grain = float(finer.std() / contrast) if contrast > 0 else 0.0
    return contrast, grain, float((np.abs(vessels) > _CONTOUR).mean())


def _eroded(lit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Returns the pixels away from the edge of what is lit: that edge is a contrast of its own."""
    return np.asarray(cv2.erode(lit.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0)


def _commonest_colour(pixels: NDArray[np.uint8]) -> int:
    """Returns how many of the pixels (n, 3) have the most frequent colour."""
    most = 0
    for offset in (0, _COLOUR_STEP // 2):  # a colour on the edge of one grid's cell lies inside the other's
        cells = (pixels.astype(np.int32) + offset) // _COLOUR_STEP
        codes = (cells[:, 0] * 65 + cells[:, 1]) * 65 + cells[:, 2]
        most = max(most, int(np.bincount(codes).max(initial=0)))
    return most
