"""The beginning of a file tells enough to list its photographs, whatever the file is."""

import builtins
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.dicom.laterality import Side
from fundusfm.data.inputs.sniff import Seen, sniff


class Counted(BytesIO):
    """Counts what is read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.count += len(content)
        return content


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_headers_of_every_transfer_syntax(syntax: str, photo: np.ndarray) -> None:
    dataset = dicom_dataset(np.stack([photo] * 3), NumberOfFrames=3, PatientID="7")
    content = dicom_bytes(dataset, SYNTAXES[syntax])
    file = Counted(content)
    columns = {"patient": "7", "visit": str(dataset.StudyInstanceUID)}
    assert sniff(file, "7_OD") == Seen("DICOM", frames=3, columns=columns, sides=(Side("right"),) * 3)
    if syntax != "deflated":
        assert file.count < len(content) / 4


def test_a_class_that_cannot_be_read_is_no_report(photo: np.ndarray) -> None:
    content = dicom_bytes(dicom_dataset(photo, Rows=None)).replace(b"\x08\0\x16\0UI", b"\x08\0\x16\0WI")
    assert sniff(BytesIO(content)).has_image


def test_a_segmentation_is_no_photograph(photo: np.ndarray) -> None:
    masks = dicom_dataset(photo[..., 0].copy(), sop_class="1.2.840.10008.5.1.4.1.1.66.4")
    assert not sniff(BytesIO(dicom_bytes(masks))).has_image


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"\0" * 132, b"x" * 1000, b"BMW is no bitmap" * 10])
def test_other_files_are_looked_at_once(content: bytes) -> None:
    assert sniff(BytesIO(content)) == Seen()


def test_without_pydicom_the_file_stays_on_the_list(monkeypatch: pytest.MonkeyPatch, photo: np.ndarray) -> None:
    original = builtins.__import__

    def without_pydicom(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "pydicom":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    content = dicom_bytes(dicom_dataset(photo))
    monkeypatch.setattr(builtins, "__import__", without_pydicom)
    assert sniff(BytesIO(content)) == Seen("DICOM")


def _saved(kind: str, *levels: int, **options: Any) -> bytes:
    pictures = [Image.new("RGB", (60, 40), (level, 90, 10)) for level in levels]
    buffer = BytesIO()
    pictures[0].save(buffer, kind, save_all=len(pictures) > 1, append_images=pictures[1:], **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize("count", [1, 3])
def test_pages_and_frames_are_counted(kind: str, count: int) -> None:
    assert sniff(BytesIO(_saved(kind, *range(40, 40 + 60 * count, 60)))) == Seen(kind, frames=count)


@pytest.mark.parametrize("kind", ["BMP", "PPM", "JPEG2000", "JPEG"])
def test_other_formats_hold_one(kind: str) -> None:
    file = Counted(_saved(kind, 80))
    assert sniff(file) == Seen(kind)
    assert file.count < 300


def test_a_jpeg_of_several_pictures_is_told_from_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker" * 5000
    file = Counted(_saved("MPO", 80, 160, exif=exif))
    assert sniff(file) == Seen("JPEG", frames=2)
    plain = Counted(_saved("JPEG", 80, exif=exif))
    assert sniff(plain) == Seen("JPEG")
    assert plain.count < 300


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PNG"])
def test_a_damaged_header_leaves_one_row(kind: str) -> None:
    assert sniff(BytesIO(_saved(kind, 80)[:20])) == Seen(kind)
