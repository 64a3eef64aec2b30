"""Estimates the cost of decoding a photograph from its header, before a pixel is decoded."""

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.signature import HEAD, image_format
from fundusfm.data.vendor.embedded import VENDORS, embedded
from fundusfm.server.protection.limits import Limits

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_MEGA = 1_000_000
# Peak bytes per pixel of decoding and finding the field of view, measured on photographs of 98 megapixels.
_BYTES_PER_PIXEL = {"1": 10, "L": 10, "P": 10, "RGB": 10, "CMYK": 15, "RGBA": 19, "LA": 19, "PA": 19, "I;16": 18}
_OTHER_BYTES_PER_PIXEL = 22
_BASELINE_JPEG, _PROGRESSIVE_JPEG = 2, 7
_JPEG_EFFORT = 0.25
_START_OF_SCAN = b"\xff\xda"
# Cameras write baseline JPEG, of which this is 20 megapixels.
_MUCH_EFFORT = 5.0


@dataclass(frozen=True)
class DecodeCost:
    """What decoding takes; zeros where the header cannot be read, which decoding will report.

    Attributes:
        width: Width in pixels.
        height: Height in pixels.
        megabytes: Peak of memory.
        effort: Time, in units of decoding a megapixel of PNG.
    """

    width: int = 0
    height: int = 0
    megabytes: float = 0.0
    effort: float = 0.0

    @property
    def heavy(self) -> bool:
        """Whether others should not wait for this photograph."""
        return self.effort > _MUCH_EFFORT


def cost_of(photograph: Photograph) -> DecodeCost:
    """Estimates what decoding a photograph will take."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if photograph.dataset is not None:
                return _of_dataset(photograph.dataset)
            content = photograph.content
            if (kind := image_format(content[:HEAD])) in VENDORS:
                content = embedded(content, kind, photograph.name, photograph.frame).content
            with Image.open(BytesIO(content)) as header:
                return _of_header(header, content)
    except Exception:  # noqa: BLE001 - the decoder says better what is wrong with the file
        return DecodeCost()


def why_too_costly(name: str, cost: DecodeCost, limits: Limits) -> str:
    """Returns why a photograph is refused before it is decoded; empty if it is not."""
    if cost.width * cost.height > limits.pixels:
        return (
            f"{name} claims {cost.width} x {cost.height} pixels, more than the {limits.megapixels:g} megapixels that "
            "this server decodes: export it smaller."
        )
    if cost.megabytes > limits.decode_megabytes:
        return (
            f"{name} has {cost.width} x {cost.height} pixels of a kind that takes {cost.megabytes:,.0f} MB to decode, "
            f"more than the {limits.decode_megabytes:,.0f} MB that this server gives a photograph: export it smaller, "
            "or as 8-bit colour."
        )
    return ""


def _of_header(header: Image.Image, content: bytes) -> DecodeCost:
    width, height = header.size
    megapixels = width * height / _MEGA
    if header.format not in ("JPEG", "MPO") or header.mode not in ("RGB", "L"):
        each = _BYTES_PER_PIXEL.get(header.mode, _OTHER_BYTES_PER_PIXEL)
        return DecodeCost(width, height, megapixels * each, megapixels)
    if "progressive" not in header.info:
        return DecodeCost(width, height, megapixels * _BASELINE_JPEG, megapixels * _JPEG_EFFORT)
    # All coefficients are kept until the end, and each scan visits them. Compressed data never hold the marker of a
    # scan by chance, because a byte FF in them is followed by 00.
    scans = content.count(_START_OF_SCAN)
    return DecodeCost(width, height, megapixels * _PROGRESSIVE_JPEG, megapixels * _JPEG_EFFORT * scans)


def _of_dataset(dataset: "Dataset") -> DecodeCost:
    width, height = int(dataset.Columns), int(dataset.Rows)
    each = _BYTES_PER_PIXEL["RGB"] if int(dataset.BitsAllocated) == 8 else _OTHER_BYTES_PER_PIXEL
    megapixels = width * height / _MEGA
    return DecodeCost(width, height, megapixels * each, megapixels)
