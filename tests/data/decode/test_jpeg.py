"""A JPEG that is not whole is never decoded, and a whole one has OpenCV's pixels."""

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fundusfm.data.decode.jpeg import JpegDamage, check_jpeg, count_scans, decode_jpeg

_SCAN = b"\xff\xda\x00\x04\x01\x02"
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def _picture(height: int = 203, width: int = 301) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    return cv2.resize(rng.integers(0, 256, (9, 13, 3), np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)


def _jpeg(mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(_picture()).convert(mode).save(buffer, "JPEG", **{"quality": 90, **options})
    return buffer.getvalue()


@pytest.mark.parametrize("factor", _REDUCED)
@pytest.mark.parametrize(
    "options",
    [{}, {"subsampling": 0}, {"subsampling": 1}, {"progressive": True}, {"optimize": True}, {"mode": "L"}],
    ids=str,
)
def test_the_pixels_are_those_of_opencv(options: dict[str, object], factor: int) -> None:
    content = _jpeg(**options)  # type: ignore[arg-type]
    expected = cv2.imdecode(np.frombuffer(content, np.uint8), _REDUCED[factor])
    found = decode_jpeg(content, height=203, width=301, factor=factor)
    assert np.array_equal(found[..., ::-1], expected)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_data_that_end_early_are_damage_though_the_end_marker_is_there(share: float, progressive: bool) -> None:
    content = _jpeg(progressive=progressive)
    cut = content[: int(len(content) * share)] + b"\xff\xd9"
    with pytest.raises(JpegDamage, match=r"premature end|Corrupt"):
        decode_jpeg(cut, height=203, width=301)
    with pytest.raises(JpegDamage):
        check_jpeg(cut)


def test_a_hole_in_the_data_is_damage() -> None:
    content = bytearray(_jpeg())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    with pytest.raises(JpegDamage):
        decode_jpeg(bytes(content), height=203, width=301)


def test_padding_before_the_end_is_no_damage() -> None:
    content = _jpeg()
    padded = content[:-2] + bytes(5) + content[-2:]
    assert np.array_equal(decode_jpeg(padded, height=203, width=301), decode_jpeg(content, height=203, width=301))
    with pytest.raises(JpegDamage):
        decode_jpeg(content[:-2] + b"\x12\x34\x56\x78" + content[-2:], height=203, width=301)


def test_trailing_bytes_do_not_matter() -> None:
    decode_jpeg(_jpeg() + b"a camera's own data", height=203, width=301)
    check_jpeg(_jpeg("CMYK"))


def test_thousands_of_scans_are_refused_at_once() -> None:
    content = _jpeg(progressive=True)
    assert 2 < count_scans(content) < 20
    last = content[content.rfind(b"\xff\xda") : -2]
    with pytest.raises(JpegDamage, match=r"5,0.. scans"):
        decode_jpeg(content[:-2] + last * 5000 + b"\xff\xd9", height=203, width=301)


@pytest.mark.parametrize(
    ("content", "scans"),
    [
        (b"\xff\xd8" + _SCAN + b"data\xff\xd9", 1),
        (b"\xff\xd8" + _SCAN + b"data" + _SCAN + b"more\xff\xd9" + _SCAN, 2),
        (b"\xff\xd8\xff\xff\xe1\x00\x06\xff\xdaab" + _SCAN + b"data", 1),  # the metadata's bytes are no scan
        (b"\xff\xd8\xff\xe1\x7f\xff", 0),
        (b"\xff\xd8", 0),
        (b"", 0),
    ],
)
def test_scans_are_counted_within_the_picture(content: bytes, scans: int) -> None:
    assert count_scans(content) == scans


def test_what_is_no_jpeg_is_damage() -> None:
    with pytest.raises(JpegDamage):
        check_jpeg(b"\xff\xd8 nothing")


def test_a_rare_subsampling_is_decoded_all_the_same() -> None:
    content = bytearray(_jpeg(subsampling=2))
    frame = content.index(b"\xff\xc0")
    # 4:2:0 written as 4x4 luma over 2x2 chroma samples: the same picture, told in a way of its own.
    content[frame + 11], content[frame + 14], content[frame + 17] = 0x22, 0x12, 0x11
    try:
        decode_jpeg(bytes(content), height=203, width=301)
    except JpegDamage as error:
        assert "subsampling" not in str(error)
    with pytest.raises(JpegDamage, match="end-of-image"):
        decode_jpeg(bytes(content[:-2]), height=203, width=301)
