"""The size in a codestream's header, and that damaged headers give None."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import generate_frames
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset

from fundusfm.data.dicom.codestream import codestream_size

_PIXELS = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)


@pytest.mark.parametrize("syntax", ["jpeg", "jpeg-ls", "jpeg-ls-near", "jpeg-2000", "jpeg-2000-lossy"])
def test_size_is_read(syntax: str) -> None:
    dataset = dicom_dataset(_PIXELS)
    dicom_bytes(dataset, SYNTAXES[syntax])
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    assert codestream_size(frame) == (96, 64)


def test_bytes_in_the_middle_say_nothing() -> None:
    by_chance = b"\xff\x4f\xff\x51" + bytes(range(40))
    assert codestream_size(b"\x03\x00\x00\x00" + bytes(60) + by_chance) is None
    dataset = dicom_dataset(_PIXELS)
    dicom_bytes(dataset, SYNTAXES["jpeg-ls"])
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    assert codestream_size(frame + by_chance) == (96, 64)


@given(
    st.one_of(
        st.binary(max_size=80),
        st.binary(max_size=60).map(lambda tail: b"\xff\xd8\xff" + tail),
        st.binary(max_size=40).map(lambda tail: b"\xff\x4f\xff\x51" + tail),
    )
)
def test_anything_gives_a_size_or_none(frame: bytes) -> None:
    size = codestream_size(frame)
    assert size is None or len(size) == 2
