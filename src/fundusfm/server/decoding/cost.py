"""What decoding a photograph will cost, estimated from its header before a pixel is decoded."""

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.server.protection.limits import Limits

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_MEGA = 1_000_000
# Peak bytes per pixel of decoding and finding the field of view, measured on photographs of 98 megapixels.
_BYTES_PER_PIXEL = {"1": 10, "L": 10, "P": 10, "RGB": 10, "CMYK": 15, "RGBA": 19, "LA": 19, "PA": 19, "I;16": 18}
_OTHER_BYTES_PER_PIXEL = 22
_BASELINE_JPEG, _PROGRESSIVE_JPEG = 2, 7


def megabytes_to_decode(photograph: Photograph) -> tuple[float, int, int]:
    """Estimates the memory that decoding takes.

    Returns:
        Megabytes, and width and height in pixels; zeros where the header cannot be read, which decoding will report.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if photograph.dataset is not None:
                width, height, each = _of_dataset(photograph.dataset)
            else:
                with Image.open(BytesIO(photograph.content)) as header:
                    (width, height), each = header.size, _bytes_per_pixel(header)
    except Exception:  # noqa: BLE001 - the decoder says better what is wrong with the file
        return 0.0, 0, 0
    return width * height * each / _MEGA, width, height


def why_too_costly(photograph: Photograph, limits: Limits) -> str:
    """Returns why a photograph is refused before it is decoded; empty if it is not."""
    name = photograph.name
    megabytes, width, height = megabytes_to_decode(photograph)
    if width * height > limits.pixels:
        return (
            f"{name} claims {width} x {height} pixels, more than the {limits.megapixels:g} megapixels that this "
            "server decodes: export it smaller."
        )
    if megabytes > limits.decode_megabytes:
        return (
            f"{name} has {width} x {height} pixels of a kind that takes {megabytes:,.0f} MB to decode, more than the "
            f"{limits.decode_megabytes:,.0f} MB that this server gives a photograph: export it smaller, or as 8-bit "
            "colour."
        )
    return ""


def _bytes_per_pixel(header: Image.Image) -> int:
    if header.format in ("JPEG", "MPO") and header.mode in ("RGB", "L"):
        # Decoded at a fraction of its size, but a progressive one keeps all its coefficients until the end.
        return _PROGRESSIVE_JPEG if "progressive" in header.info else _BASELINE_JPEG
    return _BYTES_PER_PIXEL.get(header.mode, _OTHER_BYTES_PER_PIXEL)


def _of_dataset(dataset: "Dataset") -> tuple[int, int, int]:
    each = _BYTES_PER_PIXEL["RGB"] if int(dataset.BitsAllocated) == 8 else _OTHER_BYTES_PER_PIXEL
    return int(dataset.Columns), int(dataset.Rows), each
