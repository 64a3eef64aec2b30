"""Every format, depth and orientation decodes; what is damaged says so."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from fundusfm.data.decode.image import decode, decode_bytes, pillow_formats
from fundusfm.errors import DecodeError


def _picture(height: int = 90, width: int = 130) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns * 255 // width, rows * 255 // height, np.full_like(rows, 60)], axis=-1).astype(np.uint8)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "tolerance"), [("JPEG", 12), ("PNG", 0), ("TIFF", 0), ("BMP", 0), ("GIF", 40), ("WEBP", 16)]
)
def test_formats_whatever_the_name_says(kind: str, tolerance: int, tmp_path: Path) -> None:
    path = tmp_path / "photo.txt"
    path.write_bytes(_encoded(Image.fromarray(_picture()), kind))
    decoded = decode(path)
    assert decoded.image.dtype == np.uint8 and decoded.image.flags.c_contiguous
    assert (decoded.original_height, decoded.original_width, decoded.scale) == (90, 130, 1)
    assert np.abs(decoded.image.astype(int) - _picture()).max() <= tolerance


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK"])
def test_colour_modes(mode: str) -> None:
    content = _encoded(Image.fromarray(_picture()).convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    decoded = decode_bytes(content, name="x")
    assert decoded.image.shape == (90, 130, 3)


def test_cmyk_and_grey_jpeg() -> None:
    content = _encoded(Image.fromarray(_picture()).convert("CMYK"), "JPEG", quality=95)
    cmyk = decode_bytes(content, name="x", min_side=20)
    assert np.abs(cmyk.image.astype(int) - _picture()).mean() < 6
    grey = decode_bytes(_encoded(Image.fromarray(_picture()).convert("L"), "JPEG"), name="x")
    assert (grey.image[..., 0] == grey.image[..., 2]).all()


def test_transparent_pixels_are_black() -> None:
    image = np.dstack([_picture(), np.full((90, 130), 255, np.uint8)])
    image[:, :50, 3] = 0
    decoded = decode_bytes(_encoded(Image.fromarray(image), "PNG"), name="x").image
    assert not decoded[:, :50].any()
    assert (decoded[:, 50:] == _picture()[:, 50:]).all()


@pytest.mark.parametrize(("full", "kind"), [(65535, "PNG"), (65535, "TIFF"), (4095, "TIFF")])
def test_sixteen_bit_grey_uses_its_range(full: int, kind: str) -> None:
    ramp = np.tile(np.linspace(0, full, 130).astype(np.uint16), (90, 1))
    image = decode_bytes(_encoded(Image.fromarray(ramp), kind), name="x").image
    assert (image[:, 0] == 0).all() and (image[:, -1] == 255).all()
    assert image[0, 65, 0] == pytest.approx(128, abs=2)


def test_sixteen_bit_colour() -> None:
    import cv2

    done, png = cv2.imencode(".png", (_picture()[..., ::-1].astype(np.uint16) * 257))
    assert done
    assert np.abs(decode_bytes(png.tobytes(), name="x").image.astype(int) - _picture()).max() <= 1


def test_real_valued_tiff() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (32, 1))
    assert decode_bytes(_encoded(Image.fromarray(ramp), "TIFF"), name="x").image[0, -1, 0] == 255


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation: int, kind: str) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    content = _encoded(Image.fromarray(_picture()), kind, exif=exif)
    expected = np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    decoded = decode_bytes(content, name="x")
    assert decoded.image.shape == expected.shape
    assert (decoded.original_height, decoded.original_width) == expected.shape[:2]
    assert np.abs(decoded.image.astype(int) - expected).mean() <= 4


@pytest.mark.parametrize(
    ("min_side", "scale"), [(None, 1), (2000, 1), (451, 1), (450, 1 / 2), (226, 1 / 2), (225, 1 / 4), (20, 1 / 8)]
)
def test_jpeg_is_decoded_no_larger_than_needed(min_side: int | None, scale: float) -> None:
    content = _encoded(Image.fromarray(_picture(900, 1301)), "JPEG")
    decoded = decode_bytes(content, name="x", min_side=min_side)
    assert decoded.scale == scale
    assert decoded.image.shape[:2] == (np.ceil(900 * scale), np.ceil(1301 * scale))
    assert (decoded.original_height, decoded.original_width) == (900, 1301)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_truncated_files_are_refused(kind: str, share: float) -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    content = _encoded(Image.fromarray(noisy), kind)
    with pytest.raises(DecodeError, match="cut"):
        decode_bytes(content[: int(len(content) * share)], name="cut.jpg", min_side=16)


def test_truncated_jpeg_with_a_thumbnail_or_a_zero_tail() -> None:
    thumbnail = _encoded(Image.fromarray(_picture(20, 20)), "JPEG")
    whole = _encoded(Image.fromarray(_picture()), "JPEG")
    metadata = b"Exif\0\0" + thumbnail
    content = whole[:2] + b"\xff\xe1" + (len(metadata) + 2).to_bytes(2, "big") + metadata + whole[2:]
    decode_bytes(content, name="x")
    for damaged in (content[:-200], content[:-200] + bytes(200)):
        with pytest.raises(DecodeError, match="truncated"):
            decode_bytes(damaged, name="x")


def test_what_is_no_image(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpg"
    empty.touch()
    with pytest.raises(DecodeError, match="empty"):
        decode(empty)
    with pytest.raises(DecodeError, match="does not exist"):
        decode(tmp_path / "none.jpg")
    with pytest.raises(DecodeError, match="folder"):
        decode(tmp_path)
    with pytest.raises(DecodeError, match="not an image"):
        decode_bytes(b"<html>not found</html>", name="page.jpg")


def test_a_decompression_bomb_is_refused_from_its_header() -> None:
    bomb = _encoded(Image.new("1", (20000, 20000)), "PNG")
    assert len(bomb) < 100_000
    with pytest.raises(DecodeError, match="pixels"):
        decode_bytes(bomb, name="bomb.png")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP"]), st.data())
def test_damage_gives_an_image_or_the_error(kind: str, data: st.DataObject) -> None:
    content = bytearray(_encoded(Image.fromarray(_picture(24, 30)), kind))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        assert decode_bytes(bytes(content), name="x", min_side=8).image.dtype == np.uint8
    except DecodeError as error:
        assert str(error).startswith("x ")


def test_deep_pixels_count_with_their_bytes() -> None:
    import tifffile

    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.zeros((9000, 9000, 3), np.uint16), compression="zlib", photometric="rgb")
    assert len(buffer.getvalue()) < 2_000_000
    with pytest.raises(DecodeError, match="9000 x 9000 pixels of 6 bytes"):
        decode_bytes(buffer.getvalue(), name="x")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E-DECODE-EMPTY"),
        (b"<html>", "E-DECODE-FORMAT"),
        (b"\0\0\0\x18ftypheic" + bytes(50), f"E-DECODE-{'DAMAGED' if 'HEIF' in pillow_formats() else 'FORMAT'}"),
        (_encoded(Image.effect_noise((90, 90), 50), "PNG")[:3000], "E-DECODE-DAMAGED"),
        (_encoded(Image.fromarray(_picture()), "JPEG")[:900] + b"\xff\xd9", "E-DECODE-DAMAGED"),
        (_encoded(Image.new("1", (20000, 20000)), "PNG"), "E-DECODE-SIZE"),
    ],
)
def test_refusals_have_codes(content: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(DecodeError) as error:
        decode_bytes(content, name="x")
    assert error.value.code == code
    for path, expected in ((tmp_path / "none.jpg", "E-DECODE-MISSING"), (tmp_path, "E-DECODE-NO-FILE")):
        with pytest.raises(DecodeError) as error:
            decode(path)
        assert error.value.code == expected
