"""One picture in four colour spaces looks alike."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from fundusfm.data.decode.icc import pixels_to_srgb, to_srgb
from fundusfm.data.decode.image import decode_bytes


def _picture() -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:64, :96]
    return np.stack([80 + columns, 40 + rows, np.full_like(rows, 50)], axis=-1).astype(np.uint8)


def _profile(red: tuple[float, float], green: tuple[float, float], blue: tuple[float, float], gamma: float) -> bytes:
    """Makes a matrix profile (ICC.1) from the primaries' chromaticities, for the white point D50."""
    white = np.array([0.9642, 1.0, 0.8249])
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in (red, green, blue)]).T
    matrix = columns * np.linalg.solve(columns, white)

    def fixed(value: float) -> bytes:
        return round(value * 65536).to_bytes(4, "big", signed=True)

    def xyz(values: NDArray[np.float64]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))

    curve = b"curv\0\0\0\0\0\0\0\1" + round(gamma * 256).to_bytes(2, "big") + b"\0\0"
    text = b"desc\0\0\0\0\0\0\0\x05wide\0" + bytes(79)
    tags = [(b"desc", text), (b"cprt", b"text\0\0\0\0free\0\0\0\0"), (b"wtpt", xyz(white))]
    tags += [(name, xyz(matrix[:, place])) for place, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    place, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, body in tags:
        padded = body + bytes(-len(body) % 4)
        table += name + place.to_bytes(4, "big") + len(body).to_bytes(4, "big")
        data, place = data + padded, place + len(padded)
    header = place.to_bytes(4, "big") + b"lcms\x02\x10\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    header += b"".join(map(fixed, white)) + bytes(48)
    return header + len(tags).to_bytes(4, "big") + table + data


WIDE = _profile((0.6484, 0.3309), (0.2302, 0.7016), (0.1559, 0.0660), 2.19921875)  # Adobe RGB, adapted to D50


def _in_wide(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns the same colours in the wide space's numbers."""
    wide = ImageCms.ImageCmsProfile(io.BytesIO(WIDE))
    transform = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), wide, "RGB", "RGB")
    return np.array(ImageCms.applyTransform(Image.fromarray(picture), transform))


@pytest.mark.parametrize(("kind", "tolerance"), [("PNG", 2), ("TIFF", 2), ("JPEG", 12), ("WEBP", 12)])
def test_wide_colours_become_srgb_in_every_format(kind: str, tolerance: int) -> None:
    wide = _in_wide(_picture())
    assert np.abs(wide.astype(int) - _picture()).max() > 12
    buffer = io.BytesIO()
    Image.fromarray(wide).save(buffer, kind, icc_profile=WIDE, **({} if kind in ("PNG", "TIFF") else {"quality": 98}))
    decoded = decode_bytes(buffer.getvalue(), name="x").image
    assert np.abs(decoded.astype(int) - _picture()).max() <= tolerance


def test_sixteen_bit_colour_has_a_profile_too() -> None:
    import cv2

    wide = _in_wide(_picture())
    done, png = cv2.imencode(".png", wide[..., ::-1].astype(np.uint16) * 257)
    assert done
    with_profile = bytes(png)
    chunk = io.BytesIO()
    Image.new("RGB", (1, 1)).save(chunk, "PNG", icc_profile=WIDE)
    start = chunk.getvalue().index(b"iCCP") - 4
    length = int.from_bytes(chunk.getvalue()[start : start + 4], "big") + 12
    with_profile = with_profile[:33] + chunk.getvalue()[start : start + length] + with_profile[33:]
    assert np.abs(decode_bytes(with_profile, name="x").image.astype(int) - _picture()).max() <= 2


def test_srgb_under_any_name_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert to_srgb(Image.fromarray(_picture()), profile) is None
    assert pixels_to_srgb(_picture(), profile).tobytes() == _picture().tobytes()


def test_a_grey_profile_is_used_and_a_damaged_one_is_not() -> None:
    pixels = np.repeat(_picture()[..., :1], 3, axis=-1)
    for damaged in (b"", None, b"no profile", WIDE[:200]):
        assert pixels_to_srgb(pixels, damaged) is pixels
