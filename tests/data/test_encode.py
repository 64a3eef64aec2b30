"""Encoded pictures: the channels come back in their order, and PNG loses nothing."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from fundusfm.data.encode import jpeg_bytes, png_bytes


@pytest.mark.parametrize("channels", [3, 4])
def test_png_keeps_colour_and_transparency(channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    assert (np.asarray(Image.open(io.BytesIO(png_bytes(image)))) == image).all()


def test_png_keeps_sixteen_bits() -> None:
    image = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    read = cv2.imdecode(np.frombuffer(png_bytes(image), np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None and (read == image).all()


def test_jpeg_keeps_red_red() -> None:
    image = np.zeros((16, 16, 3), np.uint8)
    image[..., 0] = 200
    red, green, blue = np.asarray(Image.open(io.BytesIO(jpeg_bytes(image))))[8, 8]
    assert red > 190 and max(green, blue) < 10


def test_lower_quality_makes_a_smaller_file() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    assert len(jpeg_bytes(image, quality=40)) < len(jpeg_bytes(image))
