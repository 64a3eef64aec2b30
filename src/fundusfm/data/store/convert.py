"""One photograph of a store: decode, find the field of view, crop, encode. Runs in worker processes."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import Decoded, decode_bytes, photograph_hash, read_photograph
from fundusfm.data.dicom.laterality import NO_SIDE, Side
from fundusfm.data.encode import jpeg_bytes, png_bytes
from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV, find_fov
from fundusfm.data.inputs.sniff import sniff
from fundusfm.errors import DecodeError
from fundusfm.names import shown

# The circle is usually about as wide as the short side; a quarter more leaves something to average.
_SPARE = 1.25
_JPEG = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1]


@dataclass(frozen=True)
class Converted:
    """A photograph as a store holds it.

    Attributes:
        encoded: The crop as JPEG, quality 95, colour not subsampled; or as PNG.
        sha256: SHA-256 of the original file, see `photograph_hash`.
        height: Height of the original photograph in pixels, upright.
        width: Width of the original photograph in pixels, upright.
        fov: The field of view, in original pixels.
        photographs: How many the original file holds.
        side: The eye that a DICOM header names.
    """

    encoded: bytes
    sha256: str
    height: int
    width: int
    fov: FOV
    photographs: int = 1
    side: Side = NO_SIDE


def convert(path: Path, size: int, *, lossless: bool = False) -> Converted | DecodeError:
    """Converts a file; a file that cannot be decoded gives the reason instead of a photograph.

    Args:
        path: The file, which may name a frame.
        size: Side of the crop.
        lossless: Keep every pixel as it is, in several times the space.
    """
    try:
        content, frame = read_photograph(path)
        crop, height, width, fov = crop_bytes(content, shown(path), size, frame=frame)
    except DecodeError as error:
        return error
    except (cv2.error, MemoryError) as error:
        return DecodeError(f"{shown(path)} cannot be cropped ({error}): export it again.")
    seen = sniff(BytesIO(content), path.name)
    digest = photograph_hash(content, frame)
    return Converted(encode(crop, lossless=lossless), digest, height, width, fov, seen.frames, seen.side(frame))


def crop_bytes(content: bytes, name: str, size: int, *, frame: int = 1) -> tuple[NDArray[np.uint8], int, int, FOV]:
    """Decodes and crops the content of an image file as every store and every prediction does.

    Args:
        content: The file's content.
        name: What to call it in messages.
        size: Side of the crop.
        frame: Number of the photograph in the file, from 1.

    Returns:
        uint8 (size, size, 3) RGB; height and width of the original; the FOV in original pixels.

    Raises:
        DecodeError: The content cannot be decoded.
    """
    crop, decoded, fov = crop_decoded(lambda side: decode_bytes(content, name=name, min_side=side, frame=frame), size)
    return crop, decoded.original_height, decoded.original_width, fov


def crop_decoded(decode: Callable[[int], Decoded], size: int) -> tuple[NDArray[np.uint8], Decoded, FOV]:
    """Crops a photograph that some function decodes; see `crop_bytes`.

    Args:
        decode: Returns the photograph with a shortest side of at least so many pixels, if it has as many.
        size: Side of the crop.

    Returns:
        uint8 (size, size, 3) RGB; what was decoded; the FOV in original pixels.

    Raises:
        DecodeError: As `decode` raises it.
    """
    wanted = round(size * _SPARE)
    decoded = decode(wanted)
    fov = find_fov(decoded.image)
    if decoded.scale < 1 and 2 * fov.radius < size:
        # A small circle in a large frame: decode finer, so that the crop is not enlarged.
        short = min(decoded.image.shape[:2])
        decoded = decode(round(short * wanted / (2 * fov.radius)))
        fov = find_fov(decoded.image)
    original = fov.on_grid().scaled(1 / decoded.scale)
    return Crop(original, size).apply(decoded.image, decoded.scale), decoded, original


def encode(image: NDArray[np.uint8], *, lossless: bool = False) -> bytes:
    """Encodes uint8 RGB as JPEG, or as PNG."""
    return png_bytes(image, options=_PNG) if lossless else jpeg_bytes(image, options=_JPEG)
