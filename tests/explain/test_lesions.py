"""Heat on lesions: what chance gives, and what a map that knows the lesions gives."""

import numpy as np
import pandas as pd
import pytest

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV
from fundusfm.explain.lesions import GRID, heat_on_lesions, lesions_on_grid, near, summarise

_INSIDE = np.ones((GRID, GRID), np.bool_)


def _lesions() -> np.ndarray:
    drawn = np.zeros((GRID, GRID), np.bool_)
    drawn[: GRID // 4] = True
    return drawn


def test_even_heat_lies_on_lesions_by_their_area() -> None:
    found = heat_on_lesions(np.ones((12, 12), np.float32), _lesions(), _INSIDE)
    assert found is not None
    assert found.heat == pytest.approx(0.25) == pytest.approx(found.area)


def test_heat_on_lesions_alone_counts_in_full() -> None:
    heat = np.zeros((64, 64), np.float32)
    heat[3:8, 20:40] = 1
    on = heat_on_lesions(heat, _lesions(), _INSIDE)
    off = heat_on_lesions(heat[::-1].copy(), _lesions(), _INSIDE)
    assert on is not None and on.heat == pytest.approx(1) and on.peak
    assert off is not None and off.heat == 0 and not off.peak


def test_nothing_is_measured_without_heat_or_lesions() -> None:
    heat = np.ones((8, 8), np.float32)
    assert heat_on_lesions(heat * 0, _lesions(), _INSIDE) is None
    assert heat_on_lesions(heat, np.zeros_like(_lesions()), _INSIDE) is None
    assert heat_on_lesions(heat, _lesions(), ~_lesions()) is None


def test_the_smallest_lesion_reaches_the_grid() -> None:
    lesions = np.zeros((3000, 4000), np.bool_)
    lesions[1000, 2000] = True
    crop = Crop(FOV(2000, 1500, 1500, True), 384)
    placed = np.argwhere(lesions_on_grid(lesions, crop, 0.0))
    assert len(placed) and np.abs(placed - np.array([1000, 1500]) * GRID / 3000).max() < 2
    wide = lesions_on_grid(lesions, crop, 0.05).sum()
    assert wide == pytest.approx(np.pi * (0.05 * GRID) ** 2, rel=0.15)


def test_near_keeps_what_is_empty() -> None:
    assert not near(np.zeros((9, 9), np.bool_), 0.5).any()


def test_means_have_intervals_over_patients() -> None:
    rows = pd.DataFrame(
        {
            "map": ["model"] * 40 + ["even"] * 40,
            "patient": [f"p{number // 2}" for number in range(40)] * 2,
            "heat": [0.3, 0.5] * 20 + [0.2] * 40,
            "area": [0.2] * 80,
            "peak": [1, 0] * 20 + [0] * 40,
        }
    )
    model, even = summarise(rows).to_dict("records")
    assert (model["map"], model["photographs"], model["patients"]) == ("model", 40, 20)
    assert (model["heat"], model["ratio"], model["peak"]) == (pytest.approx(0.4), pytest.approx(2), pytest.approx(0.5))
    assert even["ratio"] == pytest.approx(1)
    rows.loc[:5, "heat"] = 0.9
    model = summarise(rows).to_dict("records")[0]
    assert model["ratio_low"] < model["ratio"] < model["ratio_high"]
