"""What a photograph looks like, in numbers that flips and re-compression change little."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import decode_bytes, photograph_hash, read_photograph
from fundusfm.data.dicom.laterality import NO_SIDE, Side
from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import find_fov
from fundusfm.data.inputs.sniff import sniff
from fundusfm.errors import DecodeError
from fundusfm.names import shown

SIDE = 64
"""Side of a pattern in pixels."""

_DECODED, _CROP = 256, 128
_SIGMA = 2.0
_DISC = 0.85
"""Share of the FOV's radius that counts: the rim is alike in all photographs of a camera."""

_LEAST_CONTRAST = 1.0
"""Grey levels of fine structure below which a photograph shows none, and resembles nothing (its pattern is zero)."""

_Y, _X = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
_INSIDE = (_X**2 + _Y**2 < (_DISC * SIDE / 2) ** 2).astype(np.float32)


@dataclass(frozen=True)
class Fingerprint:
    """Content hash and looks of a file.

    Attributes:
        sha256: SHA-256 of the file, see `photograph_hash`.
        crop: int8 (64, 64), the vessel pattern of the FOV crop; survives another framing.
        frame: int8 (64, 64), the pattern of the whole frame; survives heavy compression, which can move the FOV's fit.
        photographs: How many the file holds.
        side: The eye that a DICOM header names.
    """

    sha256: str
    crop: NDArray[np.int8]
    frame: NDArray[np.int8]
    photographs: int = 1
    side: Side = NO_SIDE


def fingerprint(path: Path) -> Fingerprint | DecodeError:
    """Reads a file whole and returns its fingerprint, or why it cannot be read."""
    try:
        content, frame = read_photograph(path)
        image = decode_bytes(content, name=shown(path), min_side=_DECODED, frame=frame).image
    except DecodeError as error:
        return error
    scale = _DECODED / min(image.shape[:2])
    if scale < 1:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    square = Crop(find_fov(image), _CROP).apply(image)
    grey = _grey(image)
    seen = sniff(BytesIO(content), path.name)
    return Fingerprint(
        photograph_hash(content, frame),
        crop_pattern(square),
        _quantised(_pattern(grey, _lit(grey))),
        seen.frames,
        seen.side(frame),
    )


def crop_pattern(square: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Returns the vessel pattern of a FOV crop, as `Fingerprint.crop` has it.

    Args:
        square: uint8 (s, s, 3), RGB; the field of view touches its sides.

    Returns:
        int8 (64, 64).
    """
    return _quantised(_pattern(_grey(square), _INSIDE))


def _grey(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Returns mostly green, where vessels stand out, with some red, where a dark photograph still has signal."""
    values = image.astype(np.float32)
    small = cv2.resize(0.6 * values[..., 1] + 0.4 * values[..., 0], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _lit(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns where the frame shows retina, away from the rim."""
    bright = grey[grey > grey.mean() * 0.5]
    level = 0.25 * float(np.median(bright)) if bright.size else 0.0
    mask: cv2.typing.MatLike = (cv2.GaussianBlur(grey, (0, 0), 1) > level).astype(np.uint8)
    mask = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    mask = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    return np.asarray(mask[1:-1, 1:-1], np.float32)


def _pattern(grey: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns fine structure with its local contrast evened out, so that brightness and shading do not matter."""
    around = np.maximum(cv2.GaussianBlur(weight, (0, 0), _SIGMA), 1e-3)
    fine = (grey - cv2.GaussianBlur(grey * weight, (0, 0), _SIGMA) / around) * weight
    wide = np.maximum(cv2.GaussianBlur(weight, (0, 0), 1.5 * _SIGMA), 1e-3)
    local = np.sqrt(np.maximum(cv2.GaussianBlur(fine * fine, (0, 0), 1.5 * _SIGMA) / wide, 0))
    overall = float(np.sqrt((fine * fine).sum() / max(float(weight.sum()), 1.0)))
    if overall < _LEAST_CONTRAST:
        return np.zeros_like(grey)
    return np.asarray(fine / (local + 0.5 * overall + 1e-3) * weight, np.float32)


def _quantised(pattern: NDArray[np.float32]) -> NDArray[np.int8]:
    """Returns the pattern in 8 bits."""
    peak = max(float(np.abs(pattern).max()), 1e-6)
    return np.round(pattern / peak * 127).astype(np.int8)
