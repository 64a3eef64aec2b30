"""The worst component is the quality, and names the reason."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.gates.test_fundus import RETINA
from tests.screening.pictures import Image

from fundusfm.data.fov.detect import find_fov
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.gates.quality import LEAST, Quality, judge_quality
from fundusfm.screening.prepare import Prepared, prepare


def test_most_photographs_have_full_quality() -> None:
    assert judge_quality(RETINA).value == 1
    assert judge_quality(replace(RETINA, circle=False)).value == 0.5
    assert judge_quality(replace(RETINA, circle=False)).reason == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sharpness": 0.0005}, "blurred"),
        ({"brightness": 10.0}, "too dark"),
        ({"dark": 0.65}, "in the dark"),
        ({"clipped": 0.45}, "overexposed"),
        ({"flat": 0.34}, "has one colour"),
        ({"diameter": 43.0}, "only 43 pixels wide"),
        ({"fields": 2}, "two fields of view"),
        ({"sharpness": 0.00065, "brightness": 12.0}, "too dark"),
    ],
)
def test_the_worst_component_names_the_reason(change: dict[str, float], reason: str) -> None:
    assert reason in judge_quality(replace(RETINA, **change)).reason


@given(
    sharpness=st.floats(0, 1),
    brightness=st.floats(0, 255),
    dark=st.floats(0, 1),
    clipped=st.floats(0, 1),
    flat=st.floats(0, 1),
    diameter=st.floats(1, 5000),
)
def test_ungradable_is_below_the_limit(**measured: float) -> None:
    quality = judge_quality(replace(RETINA, **measured))
    assert 0 <= quality.value <= 1
    assert bool(quality.reason) == (quality.value < LEAST) or abs(quality.value - LEAST) < 1e-3


def _quality(image: Image) -> Quality:
    prepared = prepare(Photograph("x", image=image), [224])
    assert isinstance(prepared, Prepared)
    return judge_quality(prepared.evidence)


@pytest.fixture(scope="module")
def retina() -> Image:
    return cv2.resize(skimage.data.retina(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _blurred_inside(image: Image, share: float) -> Image:
    """Blurs by a share of the field's height; the rim stays sharp."""
    fov = find_fov(image)
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    inside = np.hypot(columns - fov.x, rows - fov.y) < 0.98 * fov.radius
    return np.where(inside[..., None], cv2.GaussianBlur(image, (0, 0), share * 2 * fov.radius), image)


def test_quality_falls_with_blur_inside_a_sharp_rim(retina: Image) -> None:
    found = [_quality(_blurred_inside(retina, share)).value for share in (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 1
    assert max(found[3:]) < LEAST
    assert "blurred" in _quality(_blurred_inside(retina, 0.03)).reason


def test_noise_is_not_sharpness(retina: Image) -> None:
    noise = np.random.default_rng(0).normal(0, 4, retina.shape)
    blurred = _blurred_inside(retina, 0.04)
    assert _quality(np.clip(blurred + noise * (blurred > 20), 0, 255).astype(np.uint8)).reason


def test_motion_in_one_direction_is_blur(retina: Image) -> None:
    kernel = np.full((1, 91), 1 / 91, np.float32)
    assert _quality(cv2.filter2D(retina, -1, kernel)).value < 0.5 * _quality(retina).value


@pytest.mark.parametrize("colour", [(128, 128, 128), (0, 0, 0), (255, 255, 255), (90, 40, 20)])
def test_a_third_in_one_colour_is_not_a_retina(retina: Image, colour: tuple[int, int, int]) -> None:
    lost = retina.copy()
    lost[round(0.58 * len(retina)) :] = colour
    assert _quality(lost).reason
    fine = retina.copy()
    fine[round(0.95 * len(retina)) :] = colour
    assert not _quality(fine).reason


def test_a_thumbnail_is_not_a_photograph(retina: Image) -> None:
    assert "too small" in _quality(cv2.resize(retina, (64, 64), interpolation=cv2.INTER_AREA)).reason
    assert not _quality(cv2.resize(retina, (256, 256), interpolation=cv2.INTER_AREA)).reason
