from typing import Any

import numpy as np
import pytest

from fundusfm.screening.monitor.measures import WATCHED, period_of, referred, values_of


def _line(**more: Any) -> dict[str, Any]:
    return {"time": "2026-07-31T10:00:00.000Z", "weights": "ab", "status": "ok", "quality": 0.9, "refer": "no",
            "decisions": {}, "distance": 0.4} | more  # fmt: skip


@pytest.mark.parametrize(
    ("time", "day", "week", "month"),
    [
        ("2026-07-31T10:00:00.000Z", "2026-07-31", "2026-W31", "2026-07"),
        ("2027-01-03T23:59:59.000Z", "2027-01-03", "2026-W53", "2027-01"),  # ISO weeks belong to the year of Thursday
    ],
)
def test_periods(time: str, day: str, week: str, month: str) -> None:
    assert (period_of(time, "day"), period_of(time, "week"), period_of(time, "month")) == (day, week, month)


def test_the_rule_says_who_is_referred_and_else_any_finding() -> None:
    assert referred(_line(refer="yes")) == 1.0
    assert referred(_line(refer=None, decisions={"N": 1, "D": 0})) == 0.0
    assert referred(_line(refer=None, decisions={"N": 0, "D": 1})) == 1.0
    assert referred(_line(refer=None, decisions={})) is None
    assert referred(_line(status="ungradable", refer="take_again")) is None


def test_each_share_has_its_own_photographs() -> None:
    lines = [
        _line(),
        _line(refer="yes", distance=1.2),
        _line(status="ungradable", refer="take_again", quality=0.1),
        _line(status="not_fundus", refer="not_fundus", quality=0.0, distance=5.0),
        _line(status="failed", refer="", quality=0.0, distance=None),
    ]
    table = values_of(lines, "week")
    means = {watched.name: table[watched.name].mean() for watched in WATCHED}
    assert means == pytest.approx(
        {"referred": 0.5, "ungradable": 1 / 3, "not_fundus": 0.25, "failed": 0.2, "far": 0.5,
         "quality": (0.9 + 0.9 + 0.1) / 3, "distance": 0.8}
    )  # fmt: skip
    assert table["referred"].notna().sum() == 2


def test_a_model_without_a_reference_has_no_distance() -> None:
    table = values_of([_line(distance=None)], "week")
    assert np.isnan(table["far"]).all() and np.isnan(table["distance"]).all()
