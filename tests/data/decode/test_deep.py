"""Colour of 10, 12, 14 and 16 bits in 16-bit files looks as the same picture of 8 bits."""

import io

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from fundusfm.data.decode.image import decode_bytes


def _picture(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns * 255 // (width - 1), rows * 3, np.full_like(rows, 60)], axis=-1).astype(np.uint8)


def _deep(bits: int) -> NDArray[np.uint16]:
    return np.rint(_picture() / 255 * (2**bits - 1)).astype(np.uint16)


def _tiff(values: NDArray[np.uint16], **options: object) -> bytes:
    buffer = io.BytesIO()
    if options.get("planarconfig") == "separate":
        values = np.moveaxis(values, -1, 0)
    tifffile.imwrite(buffer, values, photometric="rgb", metadata=None, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def _opencv(values: NDArray[np.uint16], suffix: str) -> bytes:
    done, content = cv2.imencode(suffix, values[..., ::-1])
    assert done
    return bytes(content)


_WRITERS = {
    "tiff": _tiff,
    "deflated": lambda values: _tiff(values, compression="zlib", predictor=2),
    "tiled": lambda values: _tiff(values, tile=(16, 16)),
    "planes": lambda values: _tiff(values, planarconfig="separate"),
    "big-endian": lambda values: _tiff(values, byteorder=">"),
    "png": lambda values: _opencv(values, ".png"),
    "ppm": lambda values: _opencv(values, ".ppm"),
    "jp2": lambda values: _opencv(values, ".jp2"),
}


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("writer", _WRITERS)
def test_significant_bits_are_told_by_the_values(writer: str, bits: int) -> None:
    decoded = decode_bytes(_WRITERS[writer](_deep(bits)), name="x").image  # type: ignore[no-untyped-call]
    assert np.abs(decoded.astype(int) - _picture()).max() <= (2 if writer == "jp2" else 1)


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_follows_the_same_rule(kind: str, bits: int) -> None:
    buffer = io.BytesIO()
    Image.fromarray(_deep(bits)[..., 0]).save(buffer, kind)
    decoded = decode_bytes(buffer.getvalue(), name="x").image
    assert np.abs(decoded[..., 1].astype(int) - _picture()[..., 0]).max() <= 1


def test_transparent_deep_pixels_are_black() -> None:
    alpha = np.full((40, 60, 1), 65535, np.uint16)
    alpha[:, :20] = 0
    done, content = cv2.imencode(".png", np.dstack([_deep(16)[..., ::-1], alpha]))
    assert done
    decoded = decode_bytes(bytes(content), name="x").image
    assert not decoded[:, :20].any()
    assert np.abs(decoded[:, 20:].astype(int) - _picture()[:, 20:]).max() <= 1


def test_later_pages_are_deep_too() -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        for shift in (0, 5):
            file.write(np.roll(_deep(12), shift, axis=1), photometric="rgb", metadata=None)
    decoded = decode_bytes(buffer.getvalue(), name="x", frame=2).image
    assert np.abs(decoded.astype(int) - np.roll(_picture(), 5, axis=1)).max() <= 1


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_deep_tiff_is_upright(orientation: int, planes: str) -> None:
    from PIL import ImageOps

    content = _tiff(_deep(12), planarconfig=planes, extratags=[(274, "H", 1, orientation, True)])
    plain = io.BytesIO()
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(_picture()).save(plain, "PNG", exif=exif)
    expected = np.array(ImageOps.exif_transpose(Image.open(plain)))
    decoded = decode_bytes(content, name="x")
    assert decoded.image.shape == expected.shape == (decoded.original_height, decoded.original_width, 3)
    assert np.abs(decoded.image.astype(int) - expected).max() <= 1
