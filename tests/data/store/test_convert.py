"""One photograph: the crop is never enlarged for want of decoded pixels, and its geometry is exact."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fundusfm.data.decode.image import decode
from fundusfm.data.fov.crop import Crop
from fundusfm.data.store.convert import Converted, convert
from fundusfm.errors import DecodeError


def _save(path: Path, radius: int) -> Path:
    image = np.zeros((900, 1200, 3), np.uint8)
    cv2.circle(image, (620, 440), radius, (170, 90, 50), -1, cv2.LINE_AA)
    cv2.circle(image, (660, 440), radius // 6, (250, 230, 150), -1, cv2.LINE_AA)
    Image.fromarray(image).save(path, quality=95)
    return path


@pytest.mark.parametrize("radius", [180, 430])
def test_reduced_decoding_gives_the_same_geometry_and_crop(radius: int, tmp_path: Path) -> None:
    path = _save(tmp_path / "a.jpg", radius)
    result = convert(path, 128)
    assert isinstance(result, Converted)
    assert (result.height, result.width) == (900, 1200)
    assert result.fov.radius == pytest.approx(radius, rel=0.015)
    assert (result.fov.x, result.fov.y) == pytest.approx((620.5, 440.5), abs=0.02 * radius)
    crop = cv2.imdecode(np.frombuffer(result.encoded, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    whole = Crop(result.fov, 128).apply(decode(path).image)
    assert np.abs(crop.astype(int) - whole).mean() < 2.5


def test_a_broken_file_gives_its_reason(tmp_path: Path) -> None:
    result = convert(tmp_path / "none.jpg", 64)
    assert isinstance(result, DecodeError)
    assert "does not exist" in str(result)
