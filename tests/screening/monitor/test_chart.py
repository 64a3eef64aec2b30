import numpy as np
import pandas as pd

from fundusfm.screening.monitor.chart import ALARM, BASELINE, INSIDE, NOTHING, baseline_periods, chart, expectations
from fundusfm.screening.monitor.measures import WATCHED

_NAMES = [watched.name for watched in WATCHED]


def _weeks(*sizes_and_shares: tuple[int, float]) -> pd.DataFrame:
    """Weeks of photographs of which an exact share is referred; nothing else is known of them."""
    parts = []
    for number, (size, share) in enumerate(sizes_and_shares, start=27):
        part = pd.DataFrame(np.nan, index=range(size), columns=_NAMES)
        part["referred"] = (np.arange(size) < round(share * size)).astype(float)
        parts.append(part.assign(period=f"2026-W{number}", weights="ab"))
    return pd.concat(parts, ignore_index=True)


def test_a_week_outside_the_limits_is_a_sentence_with_its_numbers() -> None:
    values = _weeks((200, 0.1), (200, 0.1), (200, 0.11), (200, 0.3))
    baseline = baseline_periods(values, 2)
    expected = expectations(values[values["period"].isin(baseline)])
    points = chart(values, expected, baseline={"referred": baseline}, every="week")
    assert [point.verdict for point in points] == [BASELINE, BASELINE, INSIDE, ALARM]
    assert points[-1].sentence.startswith("week 2026-W30: 30.0 % referred, 10.0 % expected, limits ")
    assert points[-1].sentence.endswith("% (200 photographs)")
    assert all(point.watched.name == "referred" for point in points)  # the rest has no value in any week


def test_few_photographs_are_said_and_not_judged() -> None:
    values = _weeks((200, 0.1), (7, 1.0), (200, 0.1))
    points = chart(values, expectations(values), baseline={}, every="week")
    assert [point.verdict for point in points] == [INSIDE, "too few (7)", INSIDE]
    assert np.isnan(points[1].low)


def test_the_baseline_leaves_a_period_to_judge_and_skips_small_ones() -> None:
    values = _weeks((5, 0.1), (100, 0.1), (100, 0.1), (100, 0.1))
    assert baseline_periods(values, 4) == ["2026-W28", "2026-W29"]
    assert baseline_periods(values, 1) == ["2026-W28"]
    assert baseline_periods(_weeks((100, 0.1)), 4) == []


def test_without_an_expectation_nothing_is_judged() -> None:
    (point,) = chart(_weeks((100, 0.1)), {}, baseline={}, every="week")
    assert point.verdict == NOTHING and point.value == 0.1
