"""The crop and the way back to original pixels."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV

_FOVS = st.builds(FOV, st.floats(-50, 400), st.floats(-50, 400), st.floats(0.1, 300), st.just(True))


@settings(max_examples=100, deadline=None)
@given(
    _FOVS, st.integers(16, 512), st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=1, max_size=4)
)
def test_points_survive_the_round_trip(fov: FOV, size: int, points: list[tuple[float, float]]) -> None:
    crop, given_points = Crop(fov, size), np.array(points)
    assert np.allclose(crop.to_original(crop.from_original(given_points)), given_points, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(_FOVS, st.integers(16, 96), st.integers(1, 120), st.integers(1, 120))
def test_any_geometry_can_be_applied_and_pasted(fov: FOV, size: int, height: int, width: int) -> None:
    crop = Crop(fov, size)
    assert crop.apply(np.full((height, width, 3), 9, np.uint8)).shape == (size, size, 3)
    assert crop.paste(np.ones((size, size), np.float32), height, width).shape == (height, width)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_mark_is_found_where_the_geometry_says(scale: float) -> None:
    image = np.zeros((round(400 * scale), round(600 * scale), 3), np.uint8)
    where = np.array([[220.0, 180.0]])
    cv2.circle(image, (round(220 * scale), round(180 * scale)), round(8 * scale), (255, 255, 255), -1)
    crop = Crop(FOV(300, 200, 210, True), 128)
    rows, columns = np.nonzero(crop.apply(image, scale)[..., 0] > 100)
    centre = np.array([[columns.mean() + 0.5, rows.mean() + 0.5]])
    assert np.allclose(centre, crop.from_original(where), atol=0.6)
    assert np.allclose(crop.to_original(centre), where, atol=2)


def test_beyond_the_frame_it_is_black_and_inside_as_photographed() -> None:
    image = np.full((100, 200, 3), 77, np.uint8)
    crop = Crop(FOV(100, 50, 100, True), 200).apply(image)
    assert (crop[:50] == 0).all() and (crop[150:] == 0).all()
    assert (crop[50:150] == 77).all()


@pytest.mark.parametrize("shape", [(1, 60000, 3), (60000, 2, 3)])
def test_a_strip_takes_no_memory_for_its_square(shape: tuple[int, int, int]) -> None:
    crop = Crop(FOV(shape[1] / 2, shape[0] / 2, 30000, False), 64).apply(np.full(shape, 200, np.uint8))
    assert crop.shape == (64, 64, 3)
    assert crop.max() == 200 and crop[0, 0].max() == 0


def test_paste_undoes_apply() -> None:
    rng = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(rng.integers(0, 256, (200, 300, 3), np.uint8), (0, 0), 12)
    smooth = np.clip((smooth.astype(float) - 100) * 5, 0, 255).astype(np.uint8)
    crop = Crop(FOV(140.2, 99.7, 80.4, True), 161)
    back = crop.paste(crop.apply(smooth), 200, 300)
    inside = np.s_[30:170, 70:210]
    assert np.abs(back[inside].astype(int) - smooth[inside].astype(int)).max() <= 3
    assert not back[:10].any()
