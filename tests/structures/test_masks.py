"""Masks read as true and false, cropped by area, and circles drawn as masks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundusfm.data.fov.detect import FOV, full_frame
from fundusfm.structures.masks import circle_mask, read_mask


@pytest.mark.parametrize("top", [1, 200, 255])
def test_any_largest_value_means_true(tmp_path: Path, top: int) -> None:
    drawn = np.zeros((30, 40), np.uint8)
    drawn[10:20, 5:15] = top
    cv2.imwrite(str(tmp_path / "m.png"), drawn)
    read = read_mask(tmp_path / "m.png")
    assert (read.mask == (drawn > 0)).all()
    assert read.levels == 2


def test_grey_edges_are_cut_at_half_and_counted(tmp_path: Path) -> None:
    drawn = np.tile(np.array([0, 60, 140, 255], np.uint8), (8, 4))
    cv2.imwrite(str(tmp_path / "m.png"), drawn)
    read = read_mask(tmp_path / "m.png")
    assert (read.mask == (drawn >= 128)).all()
    assert read.levels == 4


def test_arteries_and_veins_in_colours_are_vessels(tmp_path: Path) -> None:
    drawn = np.zeros((10, 10, 3), np.uint8)
    drawn[2, :, 0], drawn[5, :, 2] = 255, 255
    cv2.imwrite(str(tmp_path / "m.png"), drawn)
    assert np.flatnonzero(read_mask(tmp_path / "m.png").mask.any(axis=1)).tolist() == [2, 5]


def test_an_empty_mask_is_empty(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "m.png"), np.zeros((10, 10), np.uint8))
    assert not read_mask(tmp_path / "m.png").mask.any()


@given(st.floats(20, 80), st.floats(20, 80), st.floats(10, 19))
def test_circles_have_their_area_and_centre(x: float, y: float, radius: float) -> None:
    mask = circle_mask(FOV(x, y, radius, found=True), 100, 100)
    assert mask.sum() == pytest.approx(np.pi * radius**2, rel=0.06)
    rows, columns = np.nonzero(mask)
    assert columns.mean() + 0.5 == pytest.approx(x, abs=0.5) and rows.mean() + 0.5 == pytest.approx(y, abs=0.5)


def test_without_a_circle_the_full_frame_counts() -> None:
    assert circle_mask(full_frame(20, 30, "uniform"), 20, 30).all()
