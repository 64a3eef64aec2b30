"""One mapping for image and masks."""

import numpy as np
import pytest

from fundusfm.data.synthetic.camera.cameras import CAMERAS
from fundusfm.data.synthetic.camera.frame import Frame, draw_frame
from fundusfm.data.synthetic.subject import draw_subject


def test_the_grid_is_the_inverse_of_the_mapping(frame: Frame) -> None:
    x, y = frame.grid()
    points = np.stack([x, y], axis=-1).astype(float)
    rows, columns = np.mgrid[: frame.side, : frame.side]
    assert np.abs(frame.to_box(points) - np.stack([columns, rows], axis=-1)).max() < 1e-2
    assert np.abs(frame.to_box(np.array(frame.centre)) + frame.origin - (frame.x, frame.y)).max() < 1e-6


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_disc_stays_in_view(camera: str) -> None:
    for index in range(12):
        rng = np.random.default_rng(index)
        drawn = draw_frame(rng, draw_subject(index, 0), CAMERAS[camera], 160)
        assert drawn.seen(np.array([0.0, 0.0]), 0.3)
        assert drawn.mirrored == (index % 2 == 1)
        assert drawn.height == 160


def test_the_field_is_a_disc_of_the_radius(frame: Frame) -> None:
    assert (frame.field() >= 128).sum() == pytest.approx(np.pi * frame.radius**2, rel=0.015)


def test_placing_a_box_keeps_its_place(frame: Frame) -> None:
    box = np.zeros((frame.side, frame.side), np.uint8)
    column, row = np.round(frame.to_box(np.array(frame.centre))).astype(int)
    box[row, column] = 7
    placed = frame.place(box)
    assert placed.shape == (frame.height, frame.width)
    assert np.argwhere(placed == 7).tolist() == [[row + frame.origin[1], column + frame.origin[0]]]


def test_patches_are_cut_at_the_box(frame: Frame) -> None:
    rows, columns = frame.patch((0.0, 0.0), 1000.0)
    assert (rows, columns) == (slice(0, frame.side), slice(0, frame.side))
