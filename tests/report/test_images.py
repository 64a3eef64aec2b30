"""Pictures made small enough for a page."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest

from fundusfm.errors import DecodeError
from fundusfm.report.images import picture


@pytest.mark.parametrize(("lossless", "start"), [(False, "data:image/jpeg"), (True, "data:image/png")])
def test_a_large_picture_is_shrunk(tmp_path: Path, lossless: bool, start: str) -> None:
    path = tmp_path / "large.png"
    cv2.imwrite(str(path), np.zeros((600, 1200, 3), np.uint8))
    source = picture(path, longest=300, lossless=lossless)
    assert source.startswith(start)
    image = cv2.imdecode(np.frombuffer(base64.b64decode(source.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape == (150, 300, 3)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(b"no picture")
    for name in ("text.png", "gone.png"):
        with pytest.raises(DecodeError, match=name):
            picture(tmp_path / name)
