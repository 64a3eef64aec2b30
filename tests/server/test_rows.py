"""Rows: what leads, and what is missing."""

from types import SimpleNamespace
from typing import Any

from fundusfm.server import rows
from fundusfm.server.schemas import Point, Row


def service_of(**thresholds: float | None) -> Any:
    def point(label: str, name: str) -> Point | None:
        threshold = thresholds[label]
        known = {"name": name, "sensitivity": None, "specificity": None}
        return None if threshold is None else Point(threshold=threshold, **known)

    bundle = SimpleNamespace(hash="abc", card=SimpleNamespace(name="tiny"))
    return SimpleNamespace(
        labels=list(thresholds), point=point, bundles=[bundle], cards=[bundle.card], operating_point="youden"
    )


def to_row(flat: dict[str, Any], service: Any, operating_point: str = "youden") -> Row:
    return rows.to_row(flat, service, operating_point)


def flat(**scores: float) -> dict[str, Any]:
    cells = {f"{label}.score": score for label, score in scores.items()}
    return {"image": "a", "status": "ok", "reason": None, "quality": 0.5, **cells}


def test_the_label_furthest_above_its_point_leads() -> None:
    row = to_row(flat(d=0.9, g=0.3, c=0.4), service_of(d=0.8, g=0.05, c=0.5))
    assert [finding.label for finding in row.findings] == ["g", "d", "c"]


def test_abnormal_leads_whatever_its_score() -> None:
    row = to_row(flat(d=0.9, abnormal=0.1), service_of(d=0.1, abnormal=0.5))
    assert [finding.label for finding in row.findings] == ["abnormal", "d"]


def test_a_label_that_means_healthy_never_leads() -> None:
    row = to_row(flat(N=0.9, d=0.1), service_of(N=0.1, d=0.5))
    assert [(finding.label, finding.healthy) for finding in row.findings] == [("d", False), ("N", True)]


def test_missing_cells_are_null() -> None:
    row = to_row({"image": "a", "status": "failed", "reason": "damaged"}, service_of(d=None))
    assert row.quality is None
    assert row.findings[0].model_dump() == {
        "label": "d",
        "score": None,
        "probability": None,
        "decision": None,
        "healthy": False,
        "point": None,
    }
    nan = to_row({**flat(d=float("nan")), "d.decision": ""}, service_of(d=0.5))
    assert (nan.findings[0].score, nan.findings[0].decision) == (None, None)


def test_every_row_says_which_model() -> None:
    row = to_row(flat(d=0.9), service_of(d=0.8))
    assert (row.model, row.sha256, row.operating_point) == ("tiny", "abc", "youden")
    assert row.code_version


def test_another_operating_point_decides_anew() -> None:
    cells = flat(d=0.9, e=0.1) | {"d.decision": 1, "e.decision": 1}
    findings = {finding.label: finding for finding in to_row(cells, service_of(d=0.8, e=0.5), "strict").findings}
    assert findings["d"].decision is True and findings["e"].decision is False
    assert findings["d"].point is not None and findings["d"].point.name == "strict"
