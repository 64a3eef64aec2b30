"""Measures on drawn vessels whose measures are known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.models.segmentation.arrays import Mask
from fundusfm.structures.findings import FoundDisc
from fundusfm.structures.measure.vessels import MEASURES, measure_vessels

FULL = np.ones((200, 200), bool)
ROWS, COLUMNS = np.mgrid[:200, :200] + 0.5


def measure_mask(vessels: Mask, fov: Mask, disc: tuple[float, float] | None = None, eye: str = "") -> pd.DataFrame:
    found = FoundDisc(*disc, 40.0) if disc else None
    rows = measure_vessels("vessels", vessels, fov, disc=found, eye=eye, microns_per_pixel=None)
    table = pd.DataFrame([vars(row) for row in rows])
    return table if disc else table[table["region"] == "all"]


def _values(table: pd.DataFrame, region: str = "all") -> "pd.Series[float]":
    return table[table["region"] == region].set_index("measure")["value"]


@given(st.floats(0, np.pi), st.floats(1.5, 12), st.floats(-0.5, 0.5))
@settings(max_examples=30)
def test_calibre_is_the_width_at_any_angle(angle: float, width: float, shift: float) -> None:
    across = (ROWS - 100 + shift) * np.cos(angle) - (COLUMNS - 100) * np.sin(angle)
    vessels = (across >= -width / 2) & (across < width / 2) & (np.hypot(ROWS - 100, COLUMNS - 100) < 80)
    found = _values(measure_mask(vessels, FULL))
    assert found["calibre"] == pytest.approx(width, abs=1.1)
    assert found["calibre_share"] == pytest.approx(found["calibre"] / 200)
    assert found["tortuosity"] < 1.02


def test_density_is_the_share_of_the_field_of_view() -> None:
    vessels = np.zeros((200, 200), bool)
    vessels[:50] = True
    fov = COLUMNS < 100
    assert _values(measure_mask(vessels, fov))["density"] == pytest.approx(0.25)


def test_every_row_has_unit_and_source() -> None:
    table = measure_mask(np.eye(200, dtype=bool), FULL)
    assert table["measure"].tolist() == [name for name in MEASURES if name != "calibre_um"]
    assert (table["source"].str.contains(r"\d{4}")).all() and (table["unit"] != "").all()


def test_quadrants_are_named_by_the_eye() -> None:
    vessels = np.zeros((200, 200), bool)
    vessels[40:44, 120:180] = True  # above and to the right of the disc
    for eye, region in (("right", "superior_nasal"), ("left", "superior_temporal"), ("", "upper_right")):
        table = measure_mask(vessels, FULL, disc=(100.0, 100.0), eye=eye)
        density = table[table["measure"] == "density"].set_index("region")["value"]
        assert len(density) == 5
        assert density[region] == pytest.approx(240 / 10_000)
        assert density.drop(["all", region]).eq(0).all()


def test_quadrants_share_the_field_of_view_out() -> None:
    vessels = np.abs(np.hypot(ROWS - 100, COLUMNS - 100) - 60) < 3
    table = measure_mask(vessels, FULL, disc=(70.0, 110.0), eye="right")
    density = table[table["measure"] == "density"].set_index("region")["value"]
    shares = {"superior_temporal": 70 * 110, "superior_nasal": 130 * 110, "inferior_temporal": 70 * 90,
              "inferior_nasal": 130 * 90}  # fmt: skip
    assert sum(density[region] * share for region, share in shares.items()) == pytest.approx(vessels.sum())


def test_a_wavy_vessel_is_more_tortuous_than_a_straight_one() -> None:
    wavy = np.abs(ROWS - 100 - 15 * np.sin(COLUMNS / 12)) < 3
    straight = np.abs(ROWS - 100) < 3
    assert _values(measure_mask(wavy, FULL))["tortuosity"] > 1.2 > _values(measure_mask(straight, FULL))["tortuosity"]


def test_no_vessel_leaves_density_zero_and_the_rest_unknown() -> None:
    found = _values(measure_mask(np.zeros((200, 200), bool), FULL))
    assert found["density"] == 0 and found.drop("density").isna().all()
