"""The eye that a table's cell or a file's name says."""

import pytest

from fundusfm.data.eye_names import eye_cell, eye_of_name, split_eye


@pytest.mark.parametrize(
    ("name", "eye"),
    [
        ("12_left.jpg", "left"), ("a\\b\\P7-OD.png", "right"), ("scan_R.dcm", "right"), ("12 OS (2).jpg", "left"),
        ("left_and_right.png", ""), ("bright.png", ""), ("left/photo.jpg", ""), ("frames_R_L.dcm", ""),
        ("R-201_photo.jpg", ""), ("", ""), ("Mül.jpg", ""), ("P7R.png", "right"), ("x_L.tif", "left"),
        ("12_L_macula.png", "left"),
    ],
)  # fmt: skip
def test_names(name: str, eye: str) -> None:
    assert eye_of_name(name) == eye


def test_cells() -> None:
    assert [eye_cell(cell) for cell in ("OD", "l", "Left eye", "both", "")] == ["right", "left", "left", "both", ""]


def test_the_two_eyes_of_one_person_have_the_same_rest() -> None:
    assert split_eye("12_left.jpg")[1] == split_eye("12_RIGHT.png")[1] != split_eye("13_left.jpg")[1]
    assert split_eye("12.jpg") == ("", "")


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("0027_L_1.jpg", "0027"), ("0027_R_12.jpg", "0027"), ("0013_L (2).jpg", "0013"), ("0013-OD(3).jpg", "0013"),
        ("0029-left-20261130.jpg", "0029"), ("0029-right-2026-12-01_2.jpg", "0029"), ("12_L_macula.png", "12"),
        ("left_0027.jpg", "0027"), ("right_0027 (2).jpg", "0027"), ("P7R.png", "P7"), ("Anna_left.jpg", "Anna"),
        # What follows may be the person here.
        ("scan_left_2.jpg", "scan_2"), ("IMG_L_0027.jpg", "IMG_0027"), ("20261130_L_3.jpg", "20261130_3"),
        ("site2_L_0027.jpg", "site2_0027"), ("0027_L_20261130_101530.jpg", "0027"), ("left.jpg", ""),
    ],
)  # fmt: skip
def test_copies_dates_and_views_do_not_split_a_person(name: str, person: str) -> None:
    assert split_eye(name)[1] == person
