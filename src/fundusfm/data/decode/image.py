"""From an image file to 8-bit RGB, whatever the format, without decoding more pixels than are needed.

JPEG is decoded by OpenCV at 1/1, 1/2, 1/4 or 1/8 of its size (the inverse DCT of a part of the coefficients, so it
costs less than decoding and shrinking); the factor is chosen from the header. Pillow reads every header and decodes
all other formats, CMYK and 16-bit files. DICOM, told by its content too, is read with the extra `[dicom]`.
"""

import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from fundusfm.data.decode.jpeg import is_complete_jpeg
from fundusfm.data.decode.pixels import MOST_PIXELS, to_rgb
from fundusfm.data.dicom.dataset import is_dicom, read_dataset
from fundusfm.data.dicom.frames import check_image, frame_rgb
from fundusfm.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SUFFIXES = frozenset((".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".ppm", ".dcm"))
"""What files that can be decoded are usually called: which ones of a folder are taken for photographs."""

_REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    1: cv2.IMREAD_COLOR,
}
# What Pillow's readers raise on damaged content.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
    NotImplementedError,
    Image.DecompressionBombError,
)
_TRANSPOSED = frozenset({5, 6, 7, 8})


@dataclass(frozen=True)
class Decoded:
    """A decoded photograph, upright.

    Attributes:
        image: uint8 (height, width, 3), RGB, 0-255.
        scale: Decoded pixels per original pixel: 1, 1/2, 1/4 or 1/8.
        original_height: Height of the whole photograph in pixels, after the EXIF rotation.
        original_width: Likewise its width.
    """

    image: NDArray[np.uint8]
    scale: float
    original_height: int
    original_width: int


def decode(path: Path | str, *, min_side: int | None = None) -> Decoded:
    """Decodes an image file; the format is told from the content, never from the name.

    Args:
        path: JPEG, PNG, TIFF, BMP, GIF (first frame), WebP or DICOM (first frame), 8 or 16 bit, colour, grey,
            RGBA or CMYK.
        min_side: Shortest side that is needed: a JPEG is decoded at the smallest scale that keeps it.

    Raises:
        DecodeError: The file is missing, empty, truncated, damaged, no image, or unreasonably large.
    """
    return decode_bytes(read_bytes(path), name=str(path), min_side=min_side)


def read_bytes(path: Path | str) -> bytes:
    """Reads a file whole.

    Raises:
        DecodeError: It is missing or cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise DecodeError(f"{path} does not exist: correct the path in the manifest, or put the file there.") from None
    except IsADirectoryError:
        raise DecodeError(f"{path} is a folder, not an image file.") from None
    except (OSError, ValueError) as error:
        raise DecodeError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def decode_bytes(content: bytes, *, name: str, min_side: int | None = None) -> Decoded:
    """Decodes the content of an image file; see `decode`.

    Args:
        content: The whole file.
        name: What to call it in messages.
        min_side: As in `decode`.
    """
    if not content:
        raise DecodeError(f"{name} is empty (0 bytes): copy the file again.")
    with warnings.catch_warnings():
        # Pillow warns about large or odd files; what cannot be used is an error below.
        warnings.simplefilter("ignore")
        return _decode(content, name, min_side)


def decode_frame(dataset: "Dataset", number: int, name: str) -> Decoded:
    """Decodes one frame of a DICOM file that was read before.

    Args:
        dataset: From `read_dataset`.
        number: From 1.
        name: What to call it in messages.

    Raises:
        DecodeError: It holds no such frame, or none that can be decoded.
    """
    check_image(dataset, name)
    image = frame_rgb(dataset, number - 1, name)
    return Decoded(image, 1.0, *image.shape[:2])


def _decode(content: bytes, name: str, min_side: int | None) -> Decoded:
    if is_dicom(content):
        return decode_frame(read_dataset(content, name), 1, name)
    try:
        header = Image.open(BytesIO(content))
    except UnidentifiedImageError:
        raise DecodeError(
            f"{name} is not an image in a known format (it begins with {content[:8]!r}): expected "
            "JPEG, PNG, TIFF, BMP, GIF, WebP or DICOM."
        ) from None
    except _DAMAGE as error:
        raise DecodeError(f"{name} has a damaged or unreasonable header ({error}).") from error
    with header:
        width, height = header.size
        if width * height > MOST_PIXELS:
            raise DecodeError(
                f"{name} claims {width} x {height} pixels, more than the {MOST_PIXELS:,} that a "
                "photograph may have: export it smaller."
            )
        try:
            orientation = int(header.getexif().get(ExifTags.Base.Orientation, 1))
        except _DAMAGE:  # unreadable EXIF says nothing about the pixels
            orientation = 1
        if header.format in ("JPEG", "MPO") and header.mode in ("RGB", "L"):
            image, factor = _decode_jpeg(content, name, min(height, width), min_side)
        else:
            if header.format in ("JPEG", "MPO"):
                _refuse_incomplete_jpeg(content, name)
            try:
                image, factor = to_rgb(header), 1
            except _DAMAGE as error:
                raise DecodeError(
                    f"{name} ({header.format}) is truncated or damaged ({error}): copy or export it again."
                ) from error
    if orientation in _TRANSPOSED:
        height, width = width, height
    return Decoded(_upright(image, orientation), 1 / factor, height, width)


def _decode_jpeg(content: bytes, name: str, side: int, min_side: int | None) -> tuple[NDArray[np.uint8], int]:
    _refuse_incomplete_jpeg(content, name)
    factor = 1 if min_side is None else next(f for f in _REDUCED if f == 1 or side // f >= min_side)
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), _REDUCED[factor] | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise DecodeError(f"{name} (JPEG) is damaged ({error.err}): copy or export it again.") from error
    if image is None:
        raise DecodeError(
            f"{name} (JPEG) is damaged, or of a kind that is not supported: export it again as a "
            "baseline JPEG or as PNG."
        )
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image).astype(np.uint8, copy=False), factor


def _refuse_incomplete_jpeg(content: bytes, name: str) -> None:
    # Decoders fill the missing part with grey and only print a warning.
    if not is_complete_jpeg(content):
        raise DecodeError(
            f"{name} (JPEG) is truncated: it has no end-of-image marker after its "
            f"{len(content):,} bytes. Copy the file again."
        )


def _upright(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Applies the EXIF orientation (1-8): mirrors and quarter turns."""
    if orientation in _TRANSPOSED:
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
