"""From the flat columns of a screening to the rows of the interface."""

import math
from typing import Any

from fundusfm.screening.healthy import means_healthy
from fundusfm.server.schemas import Finding, Row
from fundusfm.server.service import MAIN_LABEL, Service


def to_row(flat: dict[str, Any], service: Service) -> Row:
    """Returns a row with a finding per label.

    Args:
        flat: Keys `image`, `status`, `reason`, `quality`, `eye`, and per label `<label>.score|probability|decision`;
            keys after `reason` may be missing.
        service: Knows the labels and their operating points.
    """
    return Row(
        image=str(flat["image"]),
        eye=flat.get("eye", ""),
        status=flat["status"],
        reason=str(flat.get("reason") or ""),
        quality=_plain(flat.get("quality")),
        findings=sorted((_finding(flat, label, service) for label in service.labels), key=_lead),
    )


def _lead(finding: Finding) -> tuple[bool, bool, float]:
    """Sorts what matters most to the front."""
    if finding.score is None or finding.point is None:
        return finding.label != MAIN_LABEL, finding.healthy, 0.0
    return finding.label != MAIN_LABEL, finding.healthy, finding.point.threshold - finding.score


def _finding(flat: dict[str, Any], label: str, service: Service) -> Finding:
    decision = _plain(flat.get(f"{label}.decision"))
    return Finding(
        label=label,
        healthy=means_healthy(label),
        score=_plain(flat.get(f"{label}.score")),
        probability=_plain(flat.get(f"{label}.probability")),
        decision=None if decision is None else bool(decision),
        point=service.point(label),
    )


def _plain(value: Any) -> Any:
    """Returns the value; None for what is missing, in whatever way."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    return value
