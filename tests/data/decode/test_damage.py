"""Parts of a file that were never copied."""

import io
import os
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from fundusfm.data.decode.damage import missing_data
from fundusfm.data.decode.image import decode_bytes
from fundusfm.errors import DecodeError


def _encoded(kind: str, **options: object) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (160, 200, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "JPEG2000", "PNG"])
def test_zeros_in_compressed_data_are_refused(kind: str) -> None:
    content = _encoded(kind, **({"quality": 98} if kind in ("WEBP", "AVIF") else {}))
    assert len(content) > 16_000
    decode_bytes(content, name="whole")
    for start in (len(content) // 3, len(content) - 5000):
        damaged = content[:start] + bytes(5000) + content[start + 5000 :]
        with pytest.raises(DecodeError, match="hole"):
            decode_bytes(damaged, name="hole.img")


def test_a_black_picture_has_no_hole() -> None:
    for kind in ("WEBP", "AVIF", "JPEG2000", "TIFF", "PNG"):
        buffer = io.BytesIO()
        Image.new("RGB", (3000, 2000)).save(buffer, kind)
        assert not decode_bytes(buffer.getvalue(), name="black").image.any()


def _without_a_count(content: bytes, image: Image.Image) -> bytes:
    counts = image.tag_v2[279]  # type: ignore[attr-defined]
    packed = np.array(counts, "<u4").tobytes()
    assert content.count(packed) == 1
    return content.replace(packed, np.array([0, *counts[1:]], "<u4").tobytes())


def _beyond_the_end(content: bytes, image: Image.Image) -> bytes:
    offsets = image.tag_v2[273]  # type: ignore[attr-defined]
    packed = np.array(offsets, "<u4").tobytes()
    return content.replace(packed, np.array([*offsets[:-1], len(content) - 10], "<u4").tobytes())


@pytest.mark.parametrize("damage", [_without_a_count, _beyond_the_end])
def test_strips_of_a_tiff_must_be_there(damage: Callable[[bytes, Image.Image], bytes]) -> None:
    content = _encoded("TIFF", compression="raw", tiffinfo={278: 16})
    image = Image.open(io.BytesIO(content))
    assert missing_data(image, content) == ""
    with pytest.raises(DecodeError, match=r"1 of its .* strips or tiles are missing"):
        decode_bytes(damage(content, image), name="x")


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_a_damaged_tiff_is_an_error_and_nothing_on_the_terminal(
    compression: str, capfd: pytest.CaptureFixture[str]
) -> None:
    content = _encoded("TIFF", compression=compression)
    damaged = content[: len(content) // 2] + bytes(len(content) // 4) + content[len(content) * 3 // 4 :]
    with pytest.raises(DecodeError, match=r"hole\.tif"):
        decode_bytes(damaged, name="hole.tif")
    decode_bytes(content, name="whole")
    assert capfd.readouterr().err == ""
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"
