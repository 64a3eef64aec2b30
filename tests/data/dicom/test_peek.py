"""A header without its pixels: the same as that of the whole file, and None where there is none."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.data.dicom.header import read_header
from fundusfm.data.dicom.peek import peek

_PIXELS = np.zeros((32, 32, 3), np.uint8)
_FILES = {name: dicom_bytes(dicom_dataset(_PIXELS), syntax) for name, syntax in SYNTAXES.items()}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_header_is_that_of_the_file(syntax: str) -> None:
    header = peek(BytesIO(_FILES[syntax]))
    assert header is not None
    assert read_header(header) == read_header(read_dataset(_FILES[syntax], "a"))
    assert "Rows" in header
    assert syntax == "deflated" or "PixelData" not in header


@given(st.sampled_from(sorted(_FILES)), st.integers(0, 2000), st.integers(0, 255))
def test_damage_ends_in_a_header_or_in_none(syntax: str, place: int, value: int) -> None:
    content = bytearray(_FILES[syntax])
    content[place % len(content)] = value
    for damaged in (content, content[: place % len(content)]):
        header = peek(BytesIO(bytes(damaged)))
        assert header is None or read_header(header).frames >= 1
