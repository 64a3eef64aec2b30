"""16-bit colour, of which Pillow keeps the high byte only."""

from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PNG_DEPTH, _PNG_COLOUR = 24, 25
_PNG_GREY = 0
_BITS_PER_SAMPLE, _PLANES = 258, 284
_SEPARATE_PLANES = 2
_JPEG_2000_SIZE = b"\xff\x51"
_EIGHT_BITS = 8


def is_deep_colour(image: Image.Image, content: bytes) -> bool:
    """Tells whether a file holds colour of more than 8 bits that Pillow would cut to 8.

    Args:
        image: Opened by Pillow, at the page to decode.
        content: The whole file.
    """
    if image.format == "PNG":
        return content[_PNG_DEPTH] > _EIGHT_BITS and content[_PNG_COLOUR] != _PNG_GREY
    if image.mode not in ("RGB", "RGBA"):
        return False
    if image.format == "TIFF":
        bits = image.tag_v2.get(_BITS_PER_SAMPLE, ())  # type: ignore[attr-defined]
        return isinstance(bits, tuple) and max(bits, default=0) > _EIGHT_BITS
    if image.format == "PPM":
        return _ppm_top(content) > 255
    if image.format == "JPEG2000":
        size = content.find(_JPEG_2000_SIZE)
        return size >= 0 and len(content) > size + 40 and (content[size + 40] & 0x7F) + 1 > _EIGHT_BITS
    return False


def deep_colour(image: Image.Image, content: bytes, page: int) -> tuple[NDArray[np.uint16], bool] | None:
    """Decodes 16-bit colour.

    Args:
        image: Decoded by Pillow at that page, which has checked that the file is whole.
        content: The whole file.
        page: Number of the page, from 0.

    Returns:
        uint16 (height, width, 3 or 4), RGB or RGBA, and whether OpenCV has applied the orientation already, as it does
        to TIFF; None where the file cannot be read at full depth.
    """
    separate = image.format == "TIFF" and image.tag_v2.get(_PLANES) == _SEPARATE_PLANES  # type: ignore[attr-defined]
    values = _separate_planes(content, page) if separate else _by_opencv(content, page)
    if values is None or values.dtype != np.uint16 or values.ndim != 3 or values.shape[2] not in (3, 4):
        return None
    return values, image.format == "TIFF" and not separate


def _by_opencv(content: bytes, page: int) -> NDArray[np.uint16] | None:
    buffer = np.frombuffer(content, np.uint8)
    try:
        if page:
            _, pages = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
            values = pages[0] if pages else None
        else:
            values = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if values is None or values.ndim != 3:
        return None
    order = cv2.COLOR_BGRA2RGBA if values.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(values, order), np.uint16) if values.dtype == np.uint16 else None


def _separate_planes(content: bytes, page: int) -> NDArray[np.uint16] | None:
    """Reads a TIFF whose colours are stored one after the other, which OpenCV reads wrongly."""
    import tifffile

    try:
        with tifffile.TiffFile(BytesIO(content)) as file:
            values = np.asarray(file.pages[page].asarray())
    except (ValueError, KeyError, IndexError, OSError, ImportError, tifffile.TiffFileError):
        return None
    return np.ascontiguousarray(np.moveaxis(values, 0, -1)) if values.ndim == 3 else None


def _ppm_top(content: bytes) -> int:
    """Returns the largest value that a PPM header allows, 0 where it cannot be read."""
    numbers: list[int] = []
    for line in content[:512].split(b"\n"):
        for word in line.split(b"#", 1)[0].split():
            if word[:1] != b"P" and word.isdigit():
                numbers.append(int(word))
            if len(numbers) == 3:
                return numbers[2]
    return 0
