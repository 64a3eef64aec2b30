"""What a photograph will cost is told from its header."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.dicom_files import dicom_dataset
from tests.server.hostile import float_tiff

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.server.decoding.cost import DecodeCost, cost_of, why_too_costly
from fundusfm.server.protection.limits import Limits


def jpeg(side: int, *, progressive: bool) -> Photograph:
    buffer = BytesIO()
    Image.new("RGB", (side, side)).save(buffer, "JPEG", progressive=progressive)
    return Photograph("a.jpg", buffer.getvalue())


def test_ordinary_photographs_pass(cat: bytes) -> None:
    cost = cost_of(Photograph("a", cat))
    assert (cost.width, cost.height) == (451, 300)
    assert cost.megabytes == pytest.approx(451 * 300 * 10 / 1e6)
    assert not cost.heavy
    assert why_too_costly("a", cost, Limits()) == ""
    assert cost_of(Photograph("a", b"no picture")) == DecodeCost()


def test_more_pixels_than_the_limit(cat: bytes) -> None:
    pixels = np.zeros((300, 451, 3), np.uint8)
    for photograph in (Photograph("a", cat), Photograph("a", dataset=dicom_dataset(pixels))):
        assert "claims 451 x 300" in why_too_costly("a", cost_of(photograph), Limits(megapixels=0.05))


def test_memory_depends_on_the_kind_of_pixel() -> None:
    cost = cost_of(Photograph("a.tif", float_tiff(1000)))
    assert cost.megabytes == pytest.approx(22)
    reason = why_too_costly("a.tif", cost, Limits(decode_megabytes=20))
    assert reason.startswith("a.tif has 1000 x 1000 pixels of a kind that takes 22 MB to decode, more than the 20 MB")


def test_scans_of_a_jpeg_cost_time_and_coefficients_cost_memory() -> None:
    baseline, progressive = (cost_of(jpeg(2000, progressive=progressive)) for progressive in (False, True))
    assert (baseline.megabytes, progressive.megabytes) == pytest.approx((8, 28))
    assert baseline.effort == pytest.approx(1)
    assert progressive.effort == pytest.approx(10)
    assert progressive.heavy and not baseline.heavy
