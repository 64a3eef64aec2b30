"""Overlays lie where the evidence lies in the original photograph, and leave the rest untouched."""

import numpy as np

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV, full_frame
from fundusfm.explain.overlay import CONTOURS, heat_image, in_original, inside_circle, overlay

CROP = Crop(FOV(x=150, y=100, radius=80, found=True), size=64)


def test_no_heat_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    assert np.array_equal(overlay(image, np.zeros((20, 30), np.float32)), image)


def test_more_heat_covers_more() -> None:
    image = np.full((1, 3, 3), 128, np.uint8)
    drawn = overlay(image, np.array([[0.2, 0.6, 1.0]], np.float32)).astype(int)
    change = np.abs(drawn - 128).sum(axis=2)[0]
    assert change[0] < change[1] < change[2]
    assert drawn.dtype == int
    assert overlay(image, np.ones((1, 3), np.float32), strength=0.0).tolist() == image.tolist()


def test_peak_lands_on_its_original_pixel() -> None:
    heat = np.zeros((64, 64), np.float32)
    heat[20, 40] = 1
    placed = in_original(heat, CROP, height=200, width=300)
    row, column = np.unravel_index(placed.argmax(), placed.shape)
    expected = CROP.to_original(np.array([[40.5, 20.5]]))[0]
    assert placed.shape == (200, 300)
    assert abs(column + 0.5 - expected[0]) <= 1.5
    assert abs(row + 0.5 - expected[1]) <= 1.5


def test_outside_the_field_of_view_is_cleared() -> None:
    ones = np.ones((64, 64), np.float32)
    placed = in_original(ones, CROP, height=200, width=300)
    rows, columns = np.mgrid[:200, :300] + 0.5
    distance = np.hypot(columns - 150, rows - 100)
    assert not placed[distance > 80].any()
    assert np.allclose(placed[distance < 78], 1)


def test_without_a_circle_the_frame_is_kept() -> None:
    ones = np.ones((64, 64), np.float32)
    assert in_original(ones, Crop(full_frame(50, 70, "uniform"), size=64), height=50, width=70).all()


def test_a_layer_looks_as_the_overlay_does() -> None:
    heat = np.linspace(0, 1, 32, dtype=np.float32)[None].repeat(4, 0)
    image = np.full((4, 32, 3), 90, np.uint8)
    layer = heat_image(heat, strength=1.0).astype(float)
    opacity = layer[..., 3:] / 255
    laid = image * (1 - opacity) + layer[..., :3] * opacity
    assert np.abs(laid - overlay(image, heat, strength=1.0)).max() < 2


def test_corners_are_no_part_of_the_eye() -> None:
    cleared = inside_circle(np.ones((64, 64), np.float32))
    assert cleared[32, 32] == 1
    assert cleared[0, 0] == cleared[0, -1] == cleared[3, 3] == 0


def test_lines_stand_at_half_and_at_four_fifths_of_the_maximum() -> None:
    heat = np.linspace(0, 1, 101, dtype=np.float32)[None].repeat(60, 0)
    opaque = heat_image(heat)[30, :, 3] > 200
    for level in CONTOURS:
        assert opaque[round(level * 100) - 1 : round(level * 100) + 2].any()
    assert not opaque[60:75].any() and not opaque[:45].any()
    assert not heat_image(np.zeros((8, 8), np.float32))[..., 3].any()
