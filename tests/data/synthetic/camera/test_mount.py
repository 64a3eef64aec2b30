"""The mask of the camera."""

from dataclasses import replace

import numpy as np
import pytest

from fundusfm.data.synthetic.camera.cameras import CAMERAS
from fundusfm.data.synthetic.camera.frame import Frame
from fundusfm.data.synthetic.camera.mount import cut_to_field

_PLAIN = replace(CAMERAS["clinic"], notch="none", black=0)


def _white(frame: Frame) -> np.ndarray:
    return np.full((frame.side, frame.side, 3), 255, np.uint8)


def test_outside_the_field_it_is_black(frame: Frame) -> None:
    image, field = cut_to_field(np.random.default_rng(0), _PLAIN, frame, _white(frame))
    rows, columns = np.mgrid[: frame.height, : frame.width]
    distance = np.hypot(columns - frame.x, rows - frame.y)
    assert not image[distance > frame.radius * 1.03].any()
    assert (image[distance < frame.radius * 0.97] > 250).all()
    assert (field == (distance < frame.radius))[np.abs(distance - frame.radius) > 1].all()


@pytest.mark.parametrize("notch", ["tab", "triangle", "square"])
def test_a_notch_sticks_out(notch: str, frame: Frame) -> None:
    camera = replace(_PLAIN, notch=notch, diameter=0.9)
    small = replace(frame, radius=frame.radius * 0.85)
    _, plain = cut_to_field(np.random.default_rng(0), _PLAIN, small, _white(small))
    _, notched = cut_to_field(np.random.default_rng(0), camera, small, _white(small))
    assert notched[plain].all() and 3 < (notched & ~plain).sum() < 0.02 * plain.sum()


def test_black_glows_as_far_as_the_camera_does(frame: Frame) -> None:
    image, field = cut_to_field(np.random.default_rng(0), replace(_PLAIN, black=9), frame, _white(frame))
    outside = image[~field]
    assert 0 < np.median(outside) <= 9
