"""Files of several pictures: each is a photograph, previews are not."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fundusfm.data.decode.image import decode_bytes, split_frame
from fundusfm.data.decode.pages import photograph_pages
from fundusfm.errors import DecodeError


def _picture(level: int, height: int = 80, width: int = 100) -> Image.Image:
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2], image[:, : width // 2, 1] = (level, 20, 10), 90
    return Image.fromarray(image)


def _paged(kind: str, *pictures: Image.Image) -> bytes:
    buffer = io.BytesIO()
    pictures[0].save(buffer, kind, save_all=True, append_images=list(pictures[1:]), **_LOSSLESS.get(kind, {}))
    return buffer.getvalue()


_LOSSLESS: dict[str, dict[str, object]] = {"WEBP": {"lossless": True}, "MPO": {"quality": 98}}


def _close(found: NDArray[np.uint8], expected: Image.Image, tolerance: int = 12) -> bool:
    return found.shape == np.array(expected).shape and bool(
        np.abs(found.astype(int) - np.array(expected)).mean() <= tolerance
    )


@pytest.mark.parametrize("kind", ["TIFF", "MPO", "GIF", "WEBP", "PNG"])
def test_every_page_is_decoded(kind: str) -> None:
    pictures = [_picture(level) for level in (240, 130, 20)]
    content = _paged(kind, *pictures)
    assert photograph_pages(Image.open(io.BytesIO(content))) == [0, 1, 2]
    for number, picture in enumerate(pictures, start=1):
        assert _close(decode_bytes(content, name="x", frame=number).image, picture)
    with pytest.raises(DecodeError, match="holds 3 photograph"):
        decode_bytes(content, name="x", frame=4)


@pytest.mark.parametrize("kind", ["TIFF", "MPO"])
def test_a_preview_is_no_photograph_wherever_it_stands(kind: str) -> None:
    small, large, other = _picture(240, 16, 20), _picture(130), _picture(20)
    content = _paged(kind, small, large, other)
    assert photograph_pages(Image.open(io.BytesIO(content))) == [1, 2]
    assert _close(decode_bytes(content, name="x").image, large)
    assert _close(decode_bytes(content, name="x", frame=2).image, other)


def test_damage_of_the_first_picture_is_not_hidden_by_the_second() -> None:
    content = _paged("MPO", _picture(240), _picture(130))
    image = Image.open(io.BytesIO(content))
    image.seek(1)
    second = image.offset  # type: ignore[attr-defined]
    damaged = content[: second - 300] + bytes(300) + content[second:]
    with pytest.raises(DecodeError, match="damaged"):
        decode_bytes(damaged, name="x")
    assert _close(decode_bytes(damaged, name="x", frame=2).image, _picture(130))


def test_an_mpo_without_its_second_picture_is_one_photograph() -> None:
    content = _paged("MPO", _picture(240), _picture(130))
    image = Image.open(io.BytesIO(content))
    image.seek(1)
    alone = content[: image.offset]  # type: ignore[attr-defined]
    assert photograph_pages(Image.open(io.BytesIO(alone))) == [0]
    assert _close(decode_bytes(alone, name="x").image, _picture(240))


def test_a_long_film_is_one_photograph() -> None:
    frames = [_picture(level) for level in range(20, 122)]
    assert photograph_pages(Image.open(io.BytesIO(_paged("GIF", *frames)))) == [0]


def test_a_file_of_thousands_of_pages_is_one_failed_row() -> None:
    content = _paged("TIFF", *[Image.new("L", (2, 2))] * 1001)
    assert photograph_pages(Image.open(io.BytesIO(content))) == [0]
    with pytest.raises(DecodeError, match="claims 1,001 pages"):
        decode_bytes(content, name="x")


def test_names_of_photographs_within_files(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a#2").touch()
    assert split_frame(str(tmp_path / "a#2")) == (str(tmp_path / "a#2"), 1)
    assert split_frame("a.tif#12") == ("a.tif", 12)
    assert split_frame("a#b") == ("a#b", 1) and split_frame("a#0") == ("a#0", 1) and split_frame("a") == ("a", 1)
