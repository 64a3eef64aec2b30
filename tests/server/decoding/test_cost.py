"""What a photograph will cost is told from its header."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.dicom_files import dicom_dataset
from tests.server.hostile import float_tiff

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.server.decoding.cost import megabytes_to_decode, why_too_costly
from fundusfm.server.protection.limits import Limits


def test_ordinary_photographs_pass(cat: bytes) -> None:
    assert why_too_costly(Photograph("a", cat), Limits()) == ""
    assert why_too_costly(Photograph("a", b"no picture"), Limits()) == ""


def test_more_pixels_than_the_limit(cat: bytes) -> None:
    limits = Limits(megapixels=0.05)
    assert "451 x 300" in why_too_costly(Photograph("a", cat), limits)
    pixels = np.zeros((300, 451, 3), np.uint8)
    assert "claims" in why_too_costly(Photograph("a", dataset=dicom_dataset(pixels)), limits)


def test_a_progressive_jpeg_keeps_its_coefficients() -> None:
    megabytes = []
    for progressive in (False, True):
        buffer = BytesIO()
        Image.new("RGB", (1000, 1000)).save(buffer, "JPEG", progressive=progressive)
        megabytes.append(megabytes_to_decode(Photograph("a", buffer.getvalue()))[0])
    assert megabytes == pytest.approx([2, 7])


def test_memory_depends_on_the_kind_of_pixel(cat: bytes) -> None:
    colour, width, height = megabytes_to_decode(Photograph("a", cat))
    assert (width, height) == (451, 300)
    assert colour == pytest.approx(451 * 300 * 10 / 1e6)
    content = float_tiff(1000)
    assert megabytes_to_decode(Photograph("a", content))[0] == pytest.approx(22)
    reason = why_too_costly(Photograph("a.tif", content), Limits(decode_megabytes=20))
    assert reason.startswith("a.tif has 1000 x 1000 pixels of a kind that takes 22 MB to decode, more than the 20 MB")
