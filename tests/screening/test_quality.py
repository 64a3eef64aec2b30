"""The worst component is the quality, and names the reason."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.test_fundus import RETINA

from fundusfm.screening.quality import LEAST, judge_quality


def test_most_photographs_have_full_quality() -> None:
    assert judge_quality(RETINA).value == 1
    assert judge_quality(replace(RETINA, circle=False)).value == 0.5
    assert judge_quality(replace(RETINA, circle=False)).reason == ""


@pytest.mark.parametrize(("change", "reason"), [
    ({"sharpness": 0.004}, "blurred"), ({"brightness": 10.0}, "too dark"), ({"dark": 0.65}, "in the dark"),
    ({"clipped": 0.45}, "overexposed"), ({"sharpness": 0.005, "brightness": 12.0}, "too dark"),
])  # fmt: skip
def test_the_worst_component_names_the_reason(change: dict[str, float], reason: str) -> None:
    assert reason in judge_quality(replace(RETINA, **change)).reason


@given(sharpness=st.floats(0, 1), brightness=st.floats(0, 255), dark=st.floats(0, 1), clipped=st.floats(0, 1))
def test_ungradable_is_below_the_limit(sharpness: float, brightness: float, dark: float, clipped: float) -> None:
    quality = judge_quality(replace(RETINA, sharpness=sharpness, brightness=brightness, dark=dark, clipped=clipped))
    assert 0 <= quality.value <= 1
    assert bool(quality.reason) == (quality.value < LEAST) or abs(quality.value - LEAST) < 1e-3
