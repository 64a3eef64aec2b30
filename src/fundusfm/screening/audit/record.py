"""Makes the record of a row for an audit log, without names, paths, or sentences that may quote them."""

from collections.abc import Mapping
from typing import Any

from fundusfm.models.card.referral import ReferralRule
from fundusfm.screening.audit.trace import Trace

TRACE = "trace"
"""Key of a photograph's `Trace` in a row of results; it is no column of a table."""


def record(
    row: Mapping[str, Any],
    *,
    thresholds: Mapping[str, float | None],
    operating_point: str | None,
    rule: ReferralRule | None,
) -> dict[str, Any]:
    """Returns what a line says of a photograph.

    Args:
        row: As `fundusfm.screening.screener.Screener` makes it, with its trace.
        thresholds: Label to the score from which on it is positive.
        operating_point: Name of these thresholds.
        rule: What `refer` was decided by; None where the model has no rule.
    """
    trace = row.get(TRACE) or Trace()
    decisions = {label: row.get(f"{label}.decision") for label in thresholds}
    return {
        **trace.plain(),
        "status": row["status"],
        "quality": row.get("quality"),
        "refer": row.get("refer") or None,
        "decisions": {label: int(decision) for label, decision in decisions.items() if decision is not None},
        "operating_point": operating_point,
        "thresholds": _rounded(thresholds),
        "rule": None
        if rule is None
        else {"goal": rule.goal, "target": rule.target, "thresholds": _rounded(rule.thresholds)},
    }


def _rounded(thresholds: Mapping[str, float | None]) -> dict[str, float]:
    return {label: round(value, 6) for label, value in thresholds.items() if value is not None}
