"""Pictures from files, small enough to be embedded in a page."""

from pathlib import Path

import cv2
import numpy as np

from fundusfm.errors import DecodeError
from fundusfm.report.save import data_uri

_JPEG_QUALITY = 86


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
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    suffix, mime, options = (
        (".png", "image/png", [cv2.IMWRITE_PNG_COMPRESSION, 9])
        if lossless
        else (".jpg", "image/jpeg", [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    )
    _, encoded = cv2.imencode(suffix, image, options)
    return data_uri(encoded.tobytes(), mime)
