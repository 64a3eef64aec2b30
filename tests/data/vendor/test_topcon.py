"""Topcon's chunks: what is taken from which, and lists without end."""

import io

import numpy as np
import pytest
from tests.vendor_files import topcon_fda, topcon_fds

from fundusfm.data.vendor import topcon as reader

_PICTURE = np.zeros((8, 8, 3), np.uint8)


@pytest.mark.parametrize(("number", "eye"), [(0, "right"), (1, "left"), (7, ""), (None, "")])
def test_the_eye_is_that_of_the_capture(number: int | None, eye: str) -> None:
    for content in (topcon_fda([_PICTURE], eye=number), topcon_fds(_PICTURE, eye=number, patient="")):
        (place,) = reader.find(io.BytesIO(content))
        assert place.eye == eye and place.blue_first


def test_an_infrared_picture_is_left_out() -> None:
    assert reader.find(io.BytesIO(topcon_fds(_PICTURE, bits=8))) == []


def test_a_file_may_end_without_its_last_byte() -> None:
    assert len(reader.find(io.BytesIO(topcon_fda([_PICTURE])[:-1]))) == 1


def test_more_chunks_than_a_device_writes_are_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_MOST_CHUNKS", 2)
    with pytest.raises(ValueError, match="more than 2 chunks"):
        reader.find(io.BytesIO(topcon_fda([_PICTURE])))
