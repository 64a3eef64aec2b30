"""The sheet of one photograph."""

import io

import numpy as np
import pytest
from PIL import Image

from fundusfm.explain.sheet import sheet


@pytest.mark.parametrize("title", ["a.jpg", "$x_1$ {", "M\udcfcller\n.jpg", "x" * 400])
def test_a_sheet_is_a_picture_whatever_the_photograph_is_called(title: str) -> None:
    image, crop = np.full((40, 60, 3), 90, np.uint8), np.full((32, 32, 3), 90, np.uint8)
    drawn = sheet(image, crop, image, title=title, label="abnormal", score=0.5, method="gradcam", note="label 1")
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.format == "PNG"
        assert picture.width > picture.height > 300
