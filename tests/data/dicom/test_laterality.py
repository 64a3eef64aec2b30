"""The eye is read from every place that says it, and from none where places contradict each other."""

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from tests.dicom_files import dicom_dataset

from fundusfm.data.dicom.laterality import Side, sides_of

_PIXELS = np.zeros((8, 8), np.uint8)


def region(*codes: str) -> list[Dataset]:
    """An Anatomic Region Sequence whose modifiers have these codes."""
    eye, modifiers = Dataset(), []
    for code in codes:
        modifier = Dataset()
        modifier.CodeValue = code
        modifiers.append(modifier)
    eye.AnatomicRegionModifierSequence = modifiers
    return [eye]


def groups(*letters: str) -> list[Dataset]:
    """Functional groups with a Frame Laterality each."""
    found = []
    for letter in letters:
        anatomy, group = Dataset(), Dataset()
        anatomy.FrameLaterality = letter
        group.FrameAnatomySequence = [anatomy]
        found.append(group)
    return found


@pytest.mark.parametrize(
    ("attributes", "eye"),
    [
        ({"ImageLaterality": "L"}, "left"),
        ({"ImageLaterality": None, "Laterality": "L"}, "left"),
        ({"ImageLaterality": "", "Laterality": "R"}, "right"),
        ({"ImageLaterality": "U", "Laterality": "R"}, "right"),
        ({"ImageLaterality": "B", "Laterality": "L"}, ""),
        ({"ImageLaterality": None}, ""),
        ({"ImageLaterality": None, "AnatomicRegionSequence": region("24028007")}, "right"),
        ({"ImageLaterality": None, "AnatomicRegionSequence": region("G-A101")}, "left"),
        ({"ImageLaterality": None, "AnatomicRegionSequence": region("7771000", "24028007")}, ""),
        ({"ImageLaterality": None, "SharedFunctionalGroupsSequence": groups("R")}, "right"),
        ({"ImageLaterality": "B", "PerFrameFunctionalGroupsSequence": groups("L")}, "left"),
    ],
)
def test_places_that_say_the_eye(attributes: dict[str, Any], eye: str) -> None:
    assert sides_of(dicom_dataset(_PIXELS, **attributes), 1) == [Side(eye)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        (
            {"ImageLaterality": "L", "Laterality": "R"},
            "Image Laterality says left, Laterality of the series says right",
        ),
        ({"Laterality": "R", "AnatomicRegionSequence": region("7771000")}, "the anatomic region says left"),
        ({"SharedFunctionalGroupsSequence": groups("L")}, "Frame Laterality says left, Image Laterality says right"),
    ],
)
def test_contradictions_name_the_places(attributes: dict[str, Any], words: str) -> None:
    (side,) = sides_of(dicom_dataset(_PIXELS, **attributes), 1)
    assert side.eye == ""
    assert words in side.doubt


def test_frames_have_their_own_eyes() -> None:
    dataset = dicom_dataset(_PIXELS, ImageLaterality="B", PerFrameFunctionalGroupsSequence=groups("R", "L", ""))
    assert [side.eye for side in sides_of(dataset, 4, "scan_right.dcm")] == ["right", "left", "", ""]
    dataset.ImageLaterality = "R"
    assert [side.eye for side in sides_of(dataset, 3)] == ["right", "", "right"]


def test_a_file_name_contradicts_and_never_decides() -> None:
    assert sides_of(dicom_dataset(_PIXELS), 1, "12_OD.dcm") == [Side("right")]
    (side,) = sides_of(dicom_dataset(_PIXELS), 1, "export/12_left.dcm")
    assert side == Side("", "Image Laterality says right, the file's name says left; no eye is taken")
    assert sides_of(dicom_dataset(_PIXELS, ImageLaterality=None), 1, "12_left.dcm") == [Side()]


def test_a_table_is_taken_before_a_header() -> None:
    assert Side("left").against("right") == "the table says right, which is taken, and the header left"
    assert Side("left").against("left") == Side("", "they differ").against("left") == Side().against("right") == ""
    assert Side("", "they differ").against("") == "they differ"
