"""A file is what its first bytes say."""

from io import BytesIO

import pytest
from PIL import Image

from fundusfm.data.inputs.signature import HEAD, image_format


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000", "AVIF", "PPM"])
def test_what_pillow_writes_is_known(kind: str) -> None:
    buffer = BytesIO()
    Image.new("RGB", (40, 30), (200, 90, 10)).save(buffer, kind)
    assert image_format(buffer.getvalue()[:HEAD]) == kind


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"B",
        b"BM",
        b"BMW drivers, a list",
        b"P7 is no such map",
        b"P",
        b"RIFF....WAVE",
        b"\0\0\0\x18ftypmp42",
        b"PK\3\4",
    ],
)
def test_what_is_no_image(head: bytes) -> None:
    assert image_format(head) == ""


def test_dicom_and_heic() -> None:
    assert image_format(bytes(128) + b"DICM") == "DICOM"
    assert image_format(b"\0\0\0\x18ftypheic") == "HEIF"
