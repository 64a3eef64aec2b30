"""Limits of the pixels, doubts, and how a distance settles them; and that real photographs pass."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fundusfm.data.inputs.find import find_sources
from fundusfm.screening.gates.evidence import Evidence
from fundusfm.screening.gates.fundus import why_not_fundus
from fundusfm.screening.gates.quality import judge_quality
from fundusfm.screening.pipeline import read_and_prepare
from fundusfm.screening.prepare import Prepared

# As most photographs are.
RETINA = Evidence(
    circle=True, fields=1, diameter=600.0, lit=1.0, brightness=90, dark=0.0, clipped=0.0, flat=0.02, red=0.5,
    green=0.32, blue=0.18, tint=0.05, sharpness=0.007, contrast=0.03, grain=0.9, contours=0.0,
)  # fmt: skip


@pytest.mark.parametrize("change", [
    {"lit": 0.3}, {"contrast": 0.001}, {"tint": 0.0}, {"blue": 0.4}, {"green": 0.6}, {"red": 0.2}, {"grain": 3.0},
    {"contours": 0.2}, {"contrast": 0.2},
])  # fmt: skip
def test_one_limit_is_enough(change: dict[str, float]) -> None:
    assert not why_not_fundus(RETINA, None)
    assert why_not_fundus(replace(RETINA, **change), 0.1)


def test_what_is_too_dark_to_tell_is_ungradable() -> None:
    for change in ({"lit": 0.1}, {"contrast": 0.0, "tint": 0.0, "flat": 1.0}, {"grain": 3.0}):
        dark = replace(RETINA, brightness=12.0, **change)
        assert not why_not_fundus(dark, 50.0)
        assert judge_quality(dark).reason == "too dark"


def test_distance_settles_doubts_and_raises_none() -> None:
    one = replace(RETINA, contours=0.06)
    two = replace(one, grain=1.8)
    assert not why_not_fundus(RETINA, 50.0)
    assert not why_not_fundus(one, None)
    assert not why_not_fundus(one, 2.0)
    assert "hard contours, and unlike" in why_not_fundus(one, 3.0)
    assert "hard contours and fine grain" in why_not_fundus(two, 0.9)
    assert why_not_fundus(two, None)


def test_a_frame_without_a_circle_must_look_like_the_training_set() -> None:
    full_frame = replace(RETINA, circle=False)
    assert "no circular field of view" in why_not_fundus(full_frame, None)
    assert why_not_fundus(full_frame, 1.2)
    assert not why_not_fundus(full_frame, 0.8)
    assert why_not_fundus(replace(full_frame, contours=0.06), 0.8)


def test_stretched_contrast_is_no_doubt() -> None:
    stretched = replace(RETINA, red=0.34, green=0.33, blue=0.33, contours=0.06, contrast=0.12)
    assert not why_not_fundus(stretched, 3.0)
    assert why_not_fundus(replace(stretched, red=0.5, blue=0.17), None)


@pytest.mark.real
@pytest.mark.parametrize("name", ["odir", "eyepacs", "eyepacs_color", "palm", "rahim", "jsiec"])
def test_real_photographs_pass(real_folder: Path, name: str) -> None:
    sources = find_sources([str(real_folder / name / "manifest.csv")])
    chosen = np.random.default_rng(1).permutation(len(sources))[:100]
    found = [read_and_prepare(sources[place], [224]) for place in chosen]
    evidence = [photograph.evidence for photograph in found if isinstance(photograph, Prepared)]
    assert len(evidence) == 100
    assert sum(bool(why_not_fundus(one, None)) for one in evidence) <= 1
    assert sum(bool(judge_quality(one).reason) for one in evidence) <= 4
