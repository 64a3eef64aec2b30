"""The measures that are monitored, counted per day, week or month from audit logs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pandas as pd

from fundusfm.models.card.label_names import means_healthy
from fundusfm.screening.referral import NO, YES

Every = Literal["day", "week", "month"]
Line = Mapping[str, Any]

FAR = 1.0
"""Distance that 1 % of the training photographs exceed, see `fundusfm.models.reference.Reference`."""

FAR_EXPECTED = 0.01


@dataclass(frozen=True)
class Watched:
    """Something that is watched.

    Attributes:
        name: Column of its values, such as `referred`.
        title: What it is called.
        verb: How a sentence says it, after the value.
        share: Whether it is a share of photographs; otherwise it is a mean.
        value: Value of a photograph, 0 or 1 for a share; None where the photograph does not count.
    """

    name: str
    title: str
    verb: str
    share: bool
    value: Callable[[Line], float | None]


def referred(line: Line) -> float | None:
    """Returns whether a photograph was referred; None where it was not judged.

    By the referral rule; of a model without one, whether any label that does not mean healthy was positive.
    """
    if line["status"] != "ok":
        return None
    if line.get("refer") is not None:
        return {YES: 1.0, NO: 0.0}.get(str(line["refer"]))
    decisions = {label: value for label, value in line["decisions"].items() if not means_healthy(label)}
    return float(any(decisions.values())) if decisions else None


def _ungradable(line: Line) -> float | None:
    return float(line["status"] == "ungradable") if line["status"] in ("ok", "ungradable") else None


def _not_fundus(line: Line) -> float | None:
    return None if line["status"] == "failed" else float(line["status"] == "not_fundus")


def _failed(line: Line) -> float | None:
    return float(line["status"] == "failed")


def _distance(line: Line) -> float | None:
    return line.get("distance") if line["status"] == "ok" else None


def _far(line: Line) -> float | None:
    distance = _distance(line)
    return None if distance is None else float(distance > FAR)


def _quality(line: Line) -> float | None:
    return line.get("quality") if line["status"] in ("ok", "ungradable") else None


WATCHED = (
    Watched("referred", "Referred", "referred", True, referred),
    Watched("ungradable", "Ungradable", "ungradable", True, _ungradable),
    Watched("not_fundus", "Not fundus", "not fundus photographs", True, _not_fundus),
    Watched("failed", "Could not be read", "could not be read", True, _failed),
    Watched("far", "Unlike the training photographs", "unlike the training photographs", True, _far),
    Watched("quality", "Mean quality", "mean quality", False, _quality),
    Watched("distance", "Mean distance from the training photographs", "mean distance", False, _distance),
)


def period_of(time: str, every: Every) -> str:
    """Returns the period of a time, such as `2026-W31` (ISO 8601), `2026-07-31` or `2026-07`; in UTC."""
    moment = datetime.fromisoformat(time)
    if every == "week":
        year, week, _ = moment.isocalendar()
        return f"{year}-W{week:02d}"
    return moment.strftime("%Y-%m-%d" if every == "day" else "%Y-%m")


def values_of(lines: Iterable[Line], every: Every) -> pd.DataFrame:
    """Returns a row per photograph: `period`, `weights`, and a column for each that is watched, NaN where not judged.

    Args:
        lines: Photographs of audit logs.
        every: Length of a period.
    """
    rows = [
        {"period": period_of(str(line["time"]), every), "weights": str(line["weights"])}
        | {watched.name: watched.value(line) for watched in WATCHED}
        for line in lines
    ]
    table = pd.DataFrame(rows, columns=["period", "weights", *(watched.name for watched in WATCHED)])
    names = [watched.name for watched in WATCHED]
    return table.assign(**table[names].astype(np.float64)).sort_values("period", kind="stable", ignore_index=True)
