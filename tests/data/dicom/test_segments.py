"""Comments leave compressed frames, what decoding needs stays, and damaged headers are refused."""

import numpy as np
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEGBaseline8Bit, RLELossless
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.dicom.segments import without_comments
from fundusfm.errors import DecodeError

_PIXELS = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)


def _frame(syntax: str) -> bytes:
    dataset = dicom_dataset(_PIXELS)
    dicom_bytes(dataset, SYNTAXES[syntax])
    return next(generate_frames(dataset.PixelData, number_of_frames=1))


def _segment(marker: int, text: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(text) + 2).to_bytes(2, "big") + text


@pytest.mark.parametrize(
    ("syntax", "marker", "gone"),
    [
        ("jpeg", 0xFE, True),
        ("jpeg", 0xE1, True),
        ("jpeg", 0xED, True),
        ("jpeg", 0xE0, False),
        ("jpeg", 0xEE, False),
        ("jpeg-ls", 0xFE, True),
        ("jpeg-ls", 0xE8, False),
        ("jpeg-2000", 0x64, True),
    ],
)
def test_segments(syntax: str, marker: int, gone: bool) -> None:
    frame = _frame(syntax)
    # SIZ must come first in a JPEG 2000 codestream.
    begin = 2 + 2 + int.from_bytes(frame[4:6], "big") if syntax == "jpeg-2000" else 2
    marked = frame[:begin] + _segment(marker, b"Quillfeather") + frame[begin:]
    cleaned = without_comments(encapsulate([marked]), 1, SYNTAXES[syntax], "a.dcm")
    assert (b"Quillfeather" in cleaned) != gone


def test_rle_is_kept_as_it_is() -> None:
    kept = without_comments(encapsulate([_frame("rle")]), 1, RLELossless, "a.dcm")
    assert next(generate_frames(kept, number_of_frames=1)) == _frame("rle")


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [(b"\x00\x00\x00\x0cjP  " + bytes(40), "no bare JPEG"), (b"\xff\xd8\xff\xe1\x00\x08" + bytes(20), "damaged")],
)
def test_what_cannot_be_cleaned_is_refused(frame: bytes, sentence: str) -> None:
    with pytest.raises(DecodeError, match=sentence):
        without_comments(encapsulate([frame]), 1, JPEGBaseline8Bit, "a.dcm")
