"""Augmentation for training: flips, small affine changes, and colour as it differs between cameras.

Runs in the loader's processes, beside the training step. Each image's random numbers come from its own seed, so they do
not depend on how many processes there are, nor on where a run was interrupted.

The formulas are those of torchvision's `RandomHorizontalFlip`, `RandomVerticalFlip`, `RandomAffine` and `ColorJitter`,
computed by OpenCV on 8-bit pixels: a quarter of the time, and pixels that differ by rounding.
"""

import math

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from fundusfm.config.types import Augmentation

_GREY = (0.2989, 0.587, 0.114)
"""Weights of red, green and blue in torchvision's grey (ITU-R BT.601)."""

_DEGREES, _SHIFT, _ZOOM = 30.0, 0.05, (0.9, 1.15)
_JITTER, _JITTERED = 0.2, 0.8
_BALANCE = 0.12
_BLUR, _BLURRED = (0.3, 1.2), 0.2
_QUALITY, _COMPRESSED = (40, 95), 0.5


class FundusAugment:
    """Random changes that keep a fundus photograph plausible.

    The strengths are those of common retinal pipelines (Huang et al., Diagnostics 13:1664, 2023), with vertical
    flips added: they map a left eye's arcades onto themselves and no label depends on up and down. Hue is left alone:
    its way through HSV costs more than all the rest, and saturation covers most of what it adds.

    Args:
        augmentation: `standard`, or `cameras`, which adds what differs between cameras and archives: gains of the
            three channels (12 %), blur (a Gaussian of 0.3 to 1.2 pixels, one image in five) and JPEG compression
            (quality 40 to 95, every other image).
    """

    def __init__(self, augmentation: Augmentation = "standard") -> None:
        self._cameras = augmentation == "cameras"

    def __call__(self, image: NDArray[np.uint8], *, seed: int) -> NDArray[np.uint8]:
        """Augments one image.

        Args:
            image: uint8 (h, w, 3), RGB.
            seed: Decides everything, at least 0.

        Returns:
            uint8 (h, w, 3).
        """
        rng = np.random.default_rng(seed)
        height, width = image.shape[:2]
        image = move(
            image,
            flips=(rng.random() < 0.5, rng.random() < 0.5),
            degrees=rng.uniform(-_DEGREES, _DEGREES),
            shift=(round(rng.uniform(-_SHIFT, _SHIFT) * width), round(rng.uniform(-_SHIFT, _SHIFT) * height)),
            zoom=rng.uniform(*_ZOOM),
        )
        if rng.random() < _JITTERED:
            changes = (brightness, contrast, saturation)
            for place in rng.permutation(len(changes)):
                image = changes[place](image, rng.uniform(1 - _JITTER, 1 + _JITTER))
        return _as_another_camera(image, rng) if self._cameras else image


def _as_another_camera(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    image = _mixed(image, np.diag(rng.uniform(1 - _BALANCE, 1 + _BALANCE, 3)), 0.0)
    if rng.random() < _BLURRED:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(*_BLUR)), np.uint8)
    if rng.random() < _COMPRESSED:
        image = compress(image, quality=int(rng.integers(_QUALITY[0], _QUALITY[1], endpoint=True)))
    return image


def compress(image: NDArray[np.uint8], *, quality: int) -> NDArray[np.uint8]:
    """Compresses as JPEG with half the colour resolution, and decodes again.

    Args:
        image: uint8 (h, w, 3), RGB.
        quality: From 1 to 100.
    """
    encoded = simplejpeg.encode_jpeg(np.ascontiguousarray(image), quality, "RGB", "420")
    return np.asarray(simplejpeg.decode_jpeg(encoded), np.uint8)


def move(
    image: NDArray[np.uint8], *, flips: tuple[bool, bool], degrees: float, shift: tuple[float, float], zoom: float
) -> NDArray[np.uint8]:
    """Flips, then turns and enlarges around the centre, then shifts; black where nothing was photographed.

    Args:
        image: uint8 (h, w, 3).
        flips: Whether left and right change places, and top and bottom.
        degrees: Angle, clockwise.
        shift: Shift to the right and down, in pixels.
        zoom: Factor of the sides.

    Returns:
        uint8 (h, w, 3), bilinear.
    """
    height, width = image.shape[:2]
    cosine, sine = math.cos(math.radians(degrees)) / zoom, math.sin(math.radians(degrees)) / zoom
    # From places in the result to places in the image, both from the centre; then from both counted in pixels.
    turn = np.array([[cosine, sine], [-sine, cosine]]) * np.where(flips, -1.0, 1.0)[:, None]
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    matrix = np.column_stack([turn, centre - turn @ (centre + shift)])
    # With four channels OpenCV computes pixels in parallel, so the detour takes half the time.
    moved = cv2.warpAffine(
        cv2.cvtColor(image, cv2.COLOR_RGB2RGBA), matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return np.asarray(cv2.cvtColor(moved, cv2.COLOR_RGBA2RGB), np.uint8)


def brightness(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """Multiplies all values."""
    return _mixed(image, np.eye(3) * factor, 0.0)


def contrast(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """Multiplies all differences to the image's mean grey."""
    mean = float(np.dot(_GREY, cv2.mean(image)[:3]))
    return _mixed(image, np.eye(3) * factor, (1 - factor) * mean)


def saturation(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """Multiplies all differences to the pixel's own grey."""
    return _mixed(image, np.eye(3) * factor + (1 - factor) * np.array([_GREY]), 0.0)


def _mixed(image: NDArray[np.uint8], matrix: NDArray[np.float64], offset: float) -> NDArray[np.uint8]:
    """Returns every pixel's colour times a matrix (3, 3) plus an offset, rounded and clipped."""
    return np.asarray(cv2.transform(image, np.column_stack([matrix, np.full(3, offset)])), np.uint8)
