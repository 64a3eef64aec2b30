"""Compares periods with what is expected, and describes those outside their limits."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundusfm.screening.monitor.limits import FEWEST, Expected, expected_of, mean_limits, share_limits
from fundusfm.screening.monitor.measures import WATCHED, Every, Watched

BASELINE, INSIDE, ALARM, TOO_FEW, NOTHING = "baseline", "inside", "alarm", "too few", "nothing expected"

_ALIKE = 1e-9
"""Spread below which photographs are all alike, and do not tell how far a mean may lie from theirs."""


@dataclass(frozen=True)
class ChartPoint:
    """One period of one chart.

    Attributes:
        period: Such as `2026-W31`.
        watched: What is watched.
        photographs: Number that the value rests on.
        value: Share or mean; NaN without photographs.
        expected: What is expected; NaN where nothing is.
        low: Lower limit; NaN where the period is not judged.
        high: Upper limit.
        verdict: `inside`, `alarm`, `baseline` (the expectation rests on it), `too few (N)`, `nothing expected` (or only
            by photographs that are all alike).
        sentence: What an alarm says; empty otherwise.
    """

    period: str
    watched: Watched
    photographs: int
    value: float
    expected: float
    low: float
    high: float
    verdict: str
    sentence: str = ""


def baseline_periods(values: pd.DataFrame, count: int) -> list[str]:
    """Returns the first periods with enough photographs, at most `count`, and one fewer than there are.

    Args:
        values: As `values_of` returns it.
        count: Most periods.
    """
    sizes = values["period"].value_counts(sort=False)
    enough = [str(period) for period in sizes.index if sizes[period] >= FEWEST]
    return enough[: min(count, len(enough) - 1)] if len(enough) > 1 else []


def expectations(values: pd.DataFrame) -> dict[str, Expected]:
    """Returns what photographs lead to expect, by what is watched; without those that too few of them tell."""
    found = {watched.name: expected_of(values[watched.name].to_numpy(dtype=np.float64)) for watched in WATCHED}
    return {name: expected for name, expected in found.items() if expected is not None}


def chart(
    values: pd.DataFrame, expected: Mapping[str, Expected], *, baseline: Mapping[str, list[str]], every: Every
) -> list[ChartPoint]:
    """Compares every period.

    Args:
        values: As `values_of` returns it.
        expected: By what is watched.
        baseline: Periods that an expectation rests on, by what is watched: they are not judged by it.
        every: Length of a period.

    Returns:
        Points by what is watched, then by period. What no photograph has a value for is left out.
    """
    points = []
    for watched in WATCHED:
        if values[watched.name].isna().all():
            continue
        for period, part in values.groupby("period", sort=False):
            known = part[watched.name].dropna().to_numpy(dtype=np.float64)
            own = str(period) in baseline.get(watched.name, [])
            points.append(_point(str(period), watched, known, expected.get(watched.name), own, every))
    return points


def _point(
    period: str, watched: Watched, known: np.ndarray, expected: Expected | None, baseline: bool, every: Every
) -> ChartPoint:
    value = float(known.mean()) if len(known) else np.nan
    centre = np.nan if expected is None else expected.value
    if len(known) < FEWEST:
        return ChartPoint(period, watched, len(known), value, centre, np.nan, np.nan, f"{TOO_FEW} ({len(known)})")
    if expected is None or (not watched.share and expected.spread < _ALIKE):
        return ChartPoint(period, watched, len(known), value, centre, np.nan, np.nan, NOTHING)
    low, high = (share_limits if watched.share else mean_limits)(expected, len(known))
    if baseline or low <= value <= high:
        return ChartPoint(period, watched, len(known), value, centre, low, high, BASELINE if baseline else INSIDE)
    sentence = _sentence(f"{every} {period}", watched, value, centre, low, high, len(known))
    return ChartPoint(period, watched, len(known), value, centre, low, high, ALARM, sentence)


def _sentence(when: str, watched: Watched, value: float, expected: float, low: float, high: float, n: int) -> str:
    if watched.share:
        shown = f"{100 * value:.1f} % {watched.verb}, {100 * expected:.1f} % expected"
        between = f"limits {100 * low:.1f} to {100 * high:.1f} %"
    else:
        shown = f"{watched.verb} {value:.3f}, {expected:.3f} expected"
        between = f"limits {low:.3f} to {high:.3f}"
    return f"{when}: {shown}, {between} ({n} photographs)"
