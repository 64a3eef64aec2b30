"""The eye that a table's cell or a file's name says."""

import pytest

from fundusfm.data.eye_names import eye_cell, eye_of_name, split_eye


@pytest.mark.parametrize(
    ("name", "eye"),
    [
        ("12_left.jpg", "left"), ("a\\b\\P7-OD.png", "right"), ("scan_R.dcm", "right"), ("12 OS (2).jpg", "left"),
        ("left_and_right.png", ""), ("bright.png", ""), ("left/photo.jpg", ""), ("frames_R_L.dcm", ""),
        ("R-201_photo.jpg", ""), ("", ""), ("Mül.jpg", ""), ("P7R.png", "right"), ("x_L.tif", "left"),
    ],
)  # fmt: skip
def test_names(name: str, eye: str) -> None:
    assert eye_of_name(name) == eye


def test_cells() -> None:
    assert [eye_cell(cell) for cell in ("OD", "l", "Left eye", "both", "")] == ["right", "left", "left", "both", ""]


def test_the_two_eyes_of_one_person_have_the_same_rest() -> None:
    assert split_eye("12_left.jpg")[1] == split_eye("12_RIGHT.png")[1] != split_eye("13_left.jpg")[1]
    assert split_eye("12.jpg") == ("", "")
