"""Rows of the answer, from the flat columns of a screening."""

import math
from importlib.metadata import version
from typing import Any

from fundusfm.models.card.label_names import means_healthy
from fundusfm.screening.uncertain import is_uncertain
from fundusfm.screening.verdict import Verdict
from fundusfm.server.schemas import Decision, LabelFinding, Row
from fundusfm.server.service import MAIN_LABEL, Service

STRUCTURES = "structures"
"""Key of the findings of the segmenter in a flat row."""


def to_row(flat: dict[str, Any], service: Service, operating_point: str) -> Row:
    """Returns a row with a finding per label.

    Args:
        flat: Keys `image`, `status`, `reason`, `quality`, `eye`, `eye_from`, `eye_doubt`, `pair`, `person`,
            `fellow`, `structures`, and per label `<label>.score|probability`; keys after `reason` may be missing.
        service: Knows the labels and their operating points.
        operating_point: Name of the operating point that decides.
    """
    verdicts = {name: _decision(service.verdict(flat, name)) for name in {operating_point: None, **service.rules}}
    return Row(
        image=str(flat["image"]),
        eye=flat.get("eye", ""),
        eye_from=flat.get("eye_from", ""),
        eye_doubt=flat.get("eye_doubt", ""),
        pair=flat.get("pair", ""),
        person=flat.get("person", ""),
        fellow=str(flat.get("fellow") or ""),
        status=flat["status"],
        reason=str(flat.get("reason") or ""),
        quality=_plain(flat.get("quality")),
        findings=sorted((_finding(flat, label, service, operating_point) for label in service.labels), key=_lead),
        model=" + ".join(card.name for card in service.cards),
        sha256=" + ".join(bundle.hash for bundle in service.bundles),
        operating_point=operating_point,
        code_version=version("fundusfm"),
        structures=flat.get(STRUCTURES),
        decisions=verdicts,
        **verdicts[operating_point].model_dump(),
    )


def _decision(verdict: Verdict) -> Decision:
    return Decision(
        refer=verdict.refer,
        why=verdict.why,
        uncertain=verdict.uncertain,
        labels=list(verdict.labels),
        verdict=verdict.line,
        advice=verdict.advice,
    )


def _lead(finding: LabelFinding) -> tuple[bool, bool, float]:
    """Returns the sort key that puts the most important label first."""
    if finding.score is None or finding.point is None:
        return finding.label != MAIN_LABEL, finding.healthy, 0.0
    return finding.label != MAIN_LABEL, finding.healthy, finding.point.threshold - finding.score


def _finding(flat: dict[str, Any], label: str, service: Service, operating_point: str) -> LabelFinding:
    score, point = _plain(flat.get(f"{label}.score")), service.point(label, operating_point)
    limit = None if score is None or point is None else point.threshold
    return LabelFinding(
        label=label,
        name=service.name_of(label),
        healthy=means_healthy(label),
        score=score,
        probability=_plain(flat.get(f"{label}.probability")),
        prevalence=service.prevalence(label),
        decision=None if limit is None else score >= limit,
        uncertain=None if limit is None else is_uncertain(score, limit),
        point=point,
    )


def _plain(value: Any) -> Any:
    """Returns the value; None if it is missing: None, an empty text or NaN."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    return value
