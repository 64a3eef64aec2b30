"""Rows: what leads, what decides, and what is missing."""

from typing import Any

import pytest
from tests.screening.test_verdict import card

from fundusfm.models.bundle import Bundle
from fundusfm.models.card.referral import ReferralRule
from fundusfm.models.card.schema import Card, OperatingPoint
from fundusfm.server.rows import to_row
from fundusfm.server.schemas import Row
from fundusfm.server.service import Service


def points(**thresholds: float) -> dict[str, OperatingPoint]:
    return {name: OperatingPoint(threshold=one, sensitivity=0.8, specificity=0.7) for name, one in thresholds.items()}


def service_of(model: Card, *, rule: ReferralRule | None = None, default: str | None = None) -> Service:
    bundle: Any = type("Loaded", (), {"card": model, "hash": "abc"})
    limits = {label: stored["youden"].threshold for label, stored in model.operating_points.items()}
    screening: Any = None
    known: list[Bundle] = [bundle]
    return Service(screening, known, operating_point="youden", thresholds=limits, rule=rule, default=default)


def simple(**thresholds: float) -> Service:
    stored = {label: points(youden=one) for label, one in thresholds.items()}
    return service_of(card(list(thresholds), operating_points=stored))


def rowed(flat: dict[str, Any], service: Service, point: str = "youden") -> Row:
    return to_row(flat, service, point)


def flat(**scores: float) -> dict[str, Any]:
    cells = {f"{label}.score": score for label, score in scores.items()}
    return {"image": "a", "status": "ok", "reason": None, "quality": 0.9, **cells}


def test_the_label_furthest_above_its_point_leads() -> None:
    row = rowed(flat(d=0.9, g=0.3, c=0.4), simple(d=0.8, g=0.05, c=0.5))
    assert [finding.label for finding in row.findings] == ["g", "d", "c"]


def test_abnormal_leads_whatever_its_score() -> None:
    row = rowed(flat(d=0.9, abnormal=0.1), simple(d=0.1, abnormal=0.5))
    assert [finding.label for finding in row.findings] == ["abnormal", "d"]


def test_a_label_that_means_healthy_never_leads_and_refers_nobody() -> None:
    row = rowed(flat(N=0.9, d=0.1), simple(N=0.1, d=0.5))
    assert [(finding.label, finding.healthy) for finding in row.findings] == [("d", False), ("N", True)]
    assert row.refer == "no" and row.findings[1].decision is True


def test_labels_have_their_names() -> None:
    row = rowed(flat(D=0.9, G=0.1, C=0.1, A=0.1), simple(D=0.5, G=0.5, C=0.5, A=0.5))
    assert row.findings[0].name == "Diabetic retinopathy" and row.why == "Diabetic retinopathy"
    assert row.verdict == "Refer: signs of diabetic retinopathy"


def test_missing_cells_are_null() -> None:
    row = rowed({"image": "a", "status": "failed", "reason": "damaged"}, service_of(card(["d"])))
    assert row.quality is None and (row.refer, row.why, row.uncertain) == ("", "damaged", None)
    finding = row.findings[0]
    assert (finding.score, finding.probability, finding.decision, finding.uncertain, finding.point) == (None,) * 5


def test_every_row_says_which_model() -> None:
    row = rowed(flat(d=0.9), simple(d=0.8))
    assert (row.model, row.sha256, row.operating_point) == ("tiny", "abc", "youden")
    assert row.code_version


def test_the_rule_decides_and_every_operating_point_is_there() -> None:
    model = card(
        ["d", "e"], operating_points={"d": points(youden=0.8, strict=0.2), "e": points(youden=0.5, strict=0.2)}
    )
    rule = ReferralRule(goal="sensitivity", target=0.9, thresholds={"e": 0.05})
    service = service_of(model, rule=rule)
    assert service.default == "referral"
    row = rowed(flat(d=0.6, e=0.1), service, service.default)
    assert {name: one.refer for name, one in row.decisions.items()} == {
        "referral": "yes",
        "youden": "no",
        "strict": "yes",
    }
    assert (row.refer, row.why, row.uncertain) == ("yes", "e", False)
    found = {finding.label: finding for finding in row.findings}
    assert found["e"].decision is True and found["d"].point is None
    strict = {finding.label: finding for finding in rowed(flat(d=0.6, e=0.1), service, "strict").findings}
    assert strict["d"].decision is True and strict["d"].point.name == "strict"  # type: ignore[union-attr]
    assert service_of(model, rule=rule, default="youden").default == "youden"


@pytest.mark.parametrize(("score", "uncertain"), [(0.81, True), (0.95, False), (0.5, False)])
def test_a_score_near_its_limit_is_uncertain(score: float, uncertain: bool) -> None:
    row = rowed(flat(d=score), simple(d=0.8))
    assert row.uncertain is uncertain and row.findings[0].uncertain is uncertain
    assert row.verdict.startswith("Uncertain") is uncertain


def test_a_probability_says_at_which_prevalence() -> None:
    plain = simple(d=0.5)
    assert rowed(flat(d=0.9), plain).findings[0].prevalence is None
    measured = {"cv": {"d": {"prevalence": {"mean": 0.25, "std": 0.0, "low": 0.2, "high": 0.3, "folds": [0.25]}}}}
    calibrated = service_of(
        card(["d"], operating_points={"d": points(youden=0.5)}, temperature={"d": 1.2}, metrics=measured)
    )
    assert rowed(flat(d=0.9), calibrated).findings[0].prevalence == 0.25
