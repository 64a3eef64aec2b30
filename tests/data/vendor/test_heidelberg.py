"""Heidelberg's directories: eyes, and chains without end."""

import io
import struct

import numpy as np
import pytest
from tests.vendor_files import heidelberg

from fundusfm.data.vendor import heidelberg as reader

_PICTURE = np.zeros((4, 4), np.uint8)
_DIRECTORY = 88


def test_eye_and_patient() -> None:
    places = reader.find(io.BytesIO(heidelberg([(_PICTURE, "R"), (_PICTURE, "L"), (_PICTURE, "?")])))
    assert [place.eye for place in places] == ["right", "left", ""]
    assert {place.patient for place in places} == {"P-19"}


def test_eyes_of_one_picture_that_contradict_each_other_are_none() -> None:
    place = reader._place((0, 4, 4), {"left", "right"}, "P")
    assert place.eye == "" and "no eye is taken" in place.doubt


def test_a_chain_that_leads_back_is_damage() -> None:
    content = bytearray(heidelberg([(_PICTURE, "R")]))
    content[_DIRECTORY + 44 : _DIRECTORY + 48] = struct.pack("<I", _DIRECTORY)
    with pytest.raises(ValueError, match="lead back to each other"):
        reader.find(io.BytesIO(bytes(content)))


def test_more_entries_than_a_device_writes_are_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_MOST_ENTRIES", 2)
    with pytest.raises(ValueError, match="more than 2 entries"):
        reader.find(io.BytesIO(heidelberg([(_PICTURE, "R")])))
