"""File names that say the eye, and those that only seem to."""

import pytest

from fundusfm.data.manifest.eye_name import eye_of_name, split_eye


@pytest.mark.parametrize(
    ("name", "eye"),
    [
        ("12_left.jpeg", "left"), ("a/b/OD.png", "right"), ("IMG_0012-os (2).jpg", "left"), ("P7R.png", "right"),
        ("x_L.tif", "left"), ("7_R.jpg", "right"), (r"D:\eyes\7_OS.jpg", "left"), ("IMG0012OD", "right"),
        ("left_and_right.png", ""), ("bright.png", ""), ("leftovers.jpg", ""), ("left/photo.jpg", ""),
        ("colour.png", ""), ("", ""), ("Müller_links.jpg", ""), ("ölös.png", ""),
    ],
)  # fmt: skip
def test_which_eye_a_name_says(name: str, eye: str) -> None:
    assert eye_of_name(name) == eye


def test_two_eyes_of_one_person_have_the_same_rest() -> None:
    assert split_eye("12_left.jpg")[1] == split_eye("12_RIGHT.png")[1] != split_eye("13_left.jpg")[1]
    assert split_eye("12.jpg") == ("", "")
