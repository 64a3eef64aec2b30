"""Pictures from files, small enough to be embedded in a page."""

from pathlib import Path

import cv2
import numpy as np

from fundusfm.data.encode import jpeg_bytes, png_bytes
from fundusfm.data.shrink import shrunk
from fundusfm.errors import DecodeError
from fundusfm.report.save import data_uri

_JPEG_QUALITY = 86
_SMALLEST_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 9]


def picture(path: str | Path, *, longest: int = 480, lossless: bool = False) -> str:
    """Reads a picture, shrinks it where it is larger, and returns it as a `data:` address.

    Args:
        path: Any format that OpenCV reads.
        longest: Longer side in pixels, at most.
        lossless: PNG (for masks, maps and text) instead of JPEG (for photographs).

    Raises:
        DecodeError: The file is missing or is no picture.
    """
    content = np.fromfile(path, dtype=np.uint8) if Path(path).is_file() else np.empty(0, dtype=np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if image is None:
        raise DecodeError(f"{path} is missing or not a picture; the report needs a PNG or JPEG file there.")
    small = shrunk(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8), longest)
    if lossless:
        return data_uri(png_bytes(small, options=_SMALLEST_PNG), "image/png")
    return data_uri(jpeg_bytes(small, quality=_JPEG_QUALITY), "image/jpeg")
