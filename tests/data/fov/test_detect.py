"""The field of view on drawn discs of known geometry."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from fundusfm.data.fov.detect import FOV, find_fov

_GOLDEN = Path(__file__).with_name("golden_fov.json")


def disc(
    height: int,
    width: int,
    x: float,
    y: float,
    radius: float,
    *,
    level: int = 150,
    background: int = 2,
    notch: bool = False,
) -> NDArray[np.uint8]:
    """Draws a textured disc with an antialiased rim on a noisy background."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:height, :width] + 0.5
    distance = np.hypot(columns - x, rows - y)
    cover = np.clip(radius - distance + 0.5, 0, 1)
    shade = 1 - 0.4 * (distance / radius) ** 2 + 0.1 * np.sin(columns / 9)
    colour = np.stack([cover * shade * level * part for part in (1.0, 0.55, 0.3)], axis=-1)
    image = np.clip(colour + background + rng.normal(0, 1, (height, width, 1)), 0, 255).astype(np.uint8)
    if notch:
        cv2.circle(image, (round(x + radius * 0.72), round(y - radius * 0.72)), round(radius * 0.06), (90, 60, 40), -1)
    return image


def assert_close(fov: FOV, x: float, y: float, radius: float, tolerance: float = 0.01) -> None:
    assert fov.found, fov.reason
    assert fov.reason == ""
    assert fov.radius == pytest.approx(radius, rel=tolerance)
    assert np.hypot(fov.x - x, fov.y - y) < tolerance * radius


@pytest.mark.parametrize(
    ("height", "width", "x", "y", "radius"),
    [
        (240, 240, 120, 120, 118),  # touches the frame
        (240, 320, 160.3, 119.6, 100),  # camera aspect
        (240, 320, 110, 130, 95),  # off-centre
        (240, 360, 180, 120, 150),  # cut off at top and bottom
        (300, 300, 120, 150, 160),  # cut off at one side
        (600, 900, 450, 300, 270),  # shrunk before the fit
        (300, 400, 200, 150, 60),  # small in the frame
    ],
)
def test_known_circles_within_one_percent(height: int, width: int, x: float, y: float, radius: float) -> None:
    assert_close(find_fov(disc(height, width, x, y, radius)), x, y, radius)


def test_dark_photograph() -> None:
    assert_close(find_fov(disc(240, 320, 160, 120, 110, level=28, background=1)), 160, 120, 110, 0.015)


def test_notch_does_not_move_the_circle() -> None:
    assert_close(find_fov(disc(240, 320, 160, 120, 110, notch=True)), 160, 120, 110)


def test_grey_images() -> None:
    grey = disc(240, 320, 160, 120, 110)[..., 0]
    assert_close(find_fov(grey), 160, 120, 110)
    assert_close(find_fov(np.repeat(grey[..., None], 3, axis=-1)), 160, 120, 110)


def test_flash_artefact_over_the_rim() -> None:
    image = disc(240, 320, 160, 120, 100)
    cv2.ellipse(image, (255, 90), (22, 40), 0, 0, 360, (235, 235, 220), -1)
    assert_close(find_fov(image), 160, 120, 100, 0.02)


def test_flat_cuts_inside_black_margins() -> None:
    image = disc(260, 260, 130, 130, 125)
    image[:40], image[-40:] = 1, 1
    assert_close(find_fov(image), 130, 130, 125, 0.02)


def test_shadow_that_eats_a_part_of_the_rim() -> None:
    image = disc(240, 320, 160, 120, 110)
    cv2.circle(image, (60, 60), 55, (3, 2, 1), -1)
    assert_close(find_fov(image), 160, 120, 110, 0.02)


def test_photograph_stretched_at_its_source_is_kept_whole() -> None:
    stretched = cv2.resize(disc(200, 300, 150, 100, 145), (240, 240), interpolation=cv2.INTER_AREA)
    fov = find_fov(np.asarray(stretched, np.uint8))
    assert fov.found
    assert fov.radius == pytest.approx(120, rel=0.03)
    assert abs(fov.x - 120) < 4 and abs(fov.y - 120) < 4


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.full((100, 140, 3), 90, np.uint8), "uniform"),
        (np.zeros((100, 140, 3), np.uint8), "uniform"),
        (np.random.default_rng(0).integers(90, 200, (100, 140, 3), np.uint8), "no "),
        (np.pad(np.full((100, 60, 3), 120, np.uint8), ((20, 20), (40, 40), (0, 0))), "no "),
        (np.zeros((8, 140, 3), np.uint8), "16 pixels"),
    ],
)
def test_without_a_circle_the_full_frame_is_kept(image: NDArray[np.uint8], reason: str) -> None:
    fov = find_fov(image)
    height, width = image.shape[:2]
    assert not fov.found
    assert reason in fov.reason
    assert (fov.x, fov.y, fov.radius) == (width / 2, height / 2, max(height, width) / 2)


@settings(max_examples=60, deadline=None)
@given(st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)).flatmap(lambda shape: arrays(np.uint8, shape)))
def test_never_raises(image: NDArray[np.uint8]) -> None:
    fov = find_fov(image)
    assert fov.radius > 0
    assert fov.found == (fov.reason == "")


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 2**32 - 1), st.integers(17, 700), st.integers(17, 700), st.integers(0, 250))
def test_never_raises_on_noise_and_thin_frames(seed: int, height: int, width: int, threshold: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    find_fov(np.where(noise > threshold, noise, 0).astype(np.uint8))


def test_on_grid_moves_less_than_a_pixel() -> None:
    fov = FOV(100.37, 80.81, 63.28, True)
    whole = fov.on_grid()
    assert (whole.x - whole.radius) % 1 == 0
    assert (2 * whole.radius) % 1 == 0
    assert max(abs(whole.x - fov.x), abs(whole.y - fov.y), abs(whole.radius - fov.radius)) <= 1
    assert whole.on_grid() == whole


def test_golden_geometry() -> None:
    """Stores and models record the crop's version: its geometry may change only together with it.

    Accept a change that is meant, with a new `CROP_VERSION`, by FUNDUSFM_ACCEPT_GOLDEN=1.
    """
    geometries = [(140, 100, 95, 150), (130, 90, 120, 90), (150, 105, 80, 25), (60, 100, 110, 200)]
    cases = {
        f"{x}-{y}-{radius}-{level}": disc(200, 280, x, y, radius, level=level, notch=True)
        for x, y, radius, level in geometries
    }
    found = {name: find_fov(image) for name, image in cases.items()}
    values = {name: [round(fov.x, 2), round(fov.y, 2), round(fov.radius, 2)] for name, fov in found.items()}
    if os.environ.get("FUNDUSFM_ACCEPT_GOLDEN"):
        _GOLDEN.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    golden = json.loads(_GOLDEN.read_text(encoding="utf-8"))
    assert values.keys() == golden.keys()
    for name, expected in golden.items():
        assert values[name] == pytest.approx(expected, abs=0.05), name
