"""From the flat columns of a screening to the rows of the interface."""

import math
from importlib.metadata import version
from typing import Any

from fundusfm.models.card.label_names import means_healthy
from fundusfm.server.schemas import LabelFinding, Row
from fundusfm.server.service import MAIN_LABEL, Service


def to_row(flat: dict[str, Any], service: Service, operating_point: str) -> Row:
    """Returns a row with a finding per label.

    Args:
        flat: Keys `image`, `status`, `reason`, `quality`, `eye`, `person`, and per label
            `<label>.score|probability|decision`; keys after `reason` may be missing.
        service: Knows the labels and their operating points.
        operating_point: Name of the operating point that decides.
    """
    return Row(
        image=str(flat["image"]),
        eye=flat.get("eye", ""),
        person=flat.get("person", ""),
        status=flat["status"],
        reason=str(flat.get("reason") or ""),
        quality=_plain(flat.get("quality")),
        findings=sorted((_finding(flat, label, service, operating_point) for label in service.labels), key=_lead),
        model=" + ".join(card.name for card in service.cards),
        sha256=" + ".join(bundle.hash for bundle in service.bundles),
        operating_point=operating_point,
        code_version=version("fundusfm"),
    )


def _lead(finding: LabelFinding) -> tuple[bool, bool, float]:
    """Sorts what matters most to the front."""
    if finding.score is None or finding.point is None:
        return finding.label != MAIN_LABEL, finding.healthy, 0.0
    return finding.label != MAIN_LABEL, finding.healthy, finding.point.threshold - finding.score


def _finding(flat: dict[str, Any], label: str, service: Service, operating_point: str) -> LabelFinding:
    score, point = _plain(flat.get(f"{label}.score")), service.point(label, operating_point)
    decision = _plain(flat.get(f"{label}.decision"))
    if operating_point != service.operating_point:  # the screening decided at the server's own
        decision = None if score is None or point is None else score >= point.threshold
    return LabelFinding(
        label=label,
        healthy=means_healthy(label),
        score=score,
        probability=_plain(flat.get(f"{label}.probability")),
        decision=None if decision is None else bool(decision),
        point=point,
    )


def _plain(value: Any) -> Any:
    """Returns the value; None for what is missing, in whatever way."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    return value
