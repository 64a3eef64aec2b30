"""JPEG, decoded so that damage is an error.

Most libraries fill the missing part of a damaged JPEG with grey and print a warning that names no file. simplejpeg
passes the warnings of libjpeg-turbo on. Its pixels are the same as OpenCV's to the last bit, at every scale.
"""

import re

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

SCALES = (8, 4, 2, 1)
"""By how much the inverse DCT can shrink a JPEG."""

MOST_SCANS, _MOST_SCANNED = 200, 3_000_000_000
"""Progressive files have about ten scans; each costs a pass over all pixels, so thousands are an attack."""

_START_OF_SCAN = 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_END = b"\xff\xd9"
_SCAN_OR_END = re.compile(rb"\xff[\xd9\xda]")
_UNUSUAL = "Could not determine subsampling"
_REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    1: cv2.IMREAD_COLOR,
}


class JpegDamage(ValueError):
    """A JPEG that is not whole; the text is libjpeg's own."""


def decode_jpeg(content: bytes, *, height: int, width: int, factor: int = 1) -> NDArray[np.uint8]:
    """Decodes a JPEG strictly.

    Args:
        content: The file, from the start-of-image marker on; what follows the picture's end is not looked at.
        height: Height that its header states, in pixels.
        width: Width that its header states, in pixels.
        factor: Shrink by 1, 2, 4 or 8.

    Returns:
        uint8 (ceil(height / factor), ceil(width / factor), 3), RGB, not rotated.

    Raises:
        JpegDamage: libjpeg reports an error or a warning, or there are far more scans than photographs have.
    """
    return _decode(content, "RGB", height, width, factor)


def check_jpeg(content: bytes) -> None:
    """Refuses a JPEG that is not whole, whatever its colours; for files that another library decodes.

    Raises:
        JpegDamage: As for `decode_jpeg`.
    """
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
    except ValueError as error:
        if _UNUSUAL in str(error) and _ends(content):
            return
        raise JpegDamage(_reason(error)) from error
    _decode(content, "CMYK" if colours in ("CMYK", "YCCK") else "GRAY", height, width, SCALES[0])


def count_scans(content: bytes) -> int:
    """Returns how many scans the main picture has, at least 0.

    The compressed data never hold FF DA by chance (a data byte FF is followed by 00), but metadata may, so the count
    starts behind the header of the first scan and ends with the picture.
    """
    first = _first_scan(content)
    if first is None:
        return 0
    following = _SCAN_OR_END.search(content, first)
    if (
        following is None or following[0] == _END
    ):  # a baseline file; one pass tells, where two searches take thrice that
        return 1
    end = content.find(_END, first)
    return 1 + content.count(b"\xff\xda", first, end if end >= 0 else len(content))


def _decode(content: bytes, colours: str, height: int, width: int, factor: int) -> NDArray[np.uint8]:
    scans = count_scans(content)
    if scans > MOST_SCANS or scans * height * width > _MOST_SCANNED:
        raise JpegDamage(f"it has {scans:,} scans, where a photograph of its size has about ten")
    least = {"min_height": -(-height // factor), "min_width": -(-width // factor), "min_factor": factor}
    try:
        return np.asarray(simplejpeg.decode_jpeg(content, colours, **least), np.uint8)
    except (ValueError, MemoryError) as error:
        if _UNUSUAL in str(error):
            return _by_opencv(content, factor)
        padded = _without_padding(content) if "extraneous bytes before marker 0xd9" in str(error) else None
        if padded is None:
            raise JpegDamage(_reason(error)) from error
    try:
        return np.asarray(simplejpeg.decode_jpeg(padded, colours, **least), np.uint8)
    except (ValueError, MemoryError) as error:
        raise JpegDamage(_reason(error)) from error


def _by_opencv(content: bytes, factor: int) -> NDArray[np.uint8]:
    """Decodes a rare kind of chroma subsampling, which simplejpeg refuses; damage within the data stays unseen."""
    if not _ends(content):
        raise JpegDamage("it has no end-of-image marker")
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), _REDUCED[factor] | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise JpegDamage(error.err) from error
    if image is None:
        raise JpegDamage("it is of a kind that is not supported")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image), np.uint8)


def _ends(content: bytes) -> bool:
    first = _first_scan(content)
    return first is not None and content.find(_END, first) >= 0


def _without_padding(content: bytes) -> bytes | None:
    """Returns the picture without the zero bytes that some cameras write before its end marker."""
    first = _first_scan(content)
    end = -1 if first is None else content.find(_END, first)
    if end < 0 or content[end - 1] != 0:
        return None
    return content[:end].rstrip(b"\0") + _END


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().rstrip(".")


def _first_scan(content: bytes) -> int | None:
    """Returns where the compressed data of the first scan begin; a thumbnail in the metadata is no scan."""
    place = 2
    while place + 4 <= len(content):
        if content[place] != 0xFF:
            return None
        marker = content[place + 1]
        if marker == 0xFF:  # padding before a marker
            place += 1
            continue
        if marker in _STANDALONE:
            place += 2
            continue
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if marker == _START_OF_SCAN:
            return place
    return None
