import numpy as np
import pandas as pd
import pytest
from tests.evaluation.conftest import make_predictions

from fundusfm.errors import ConfigError
from fundusfm.evaluation.crossfit import cross_fitted
from fundusfm.evaluation.evidence.evidence import ProgrammeEvidence, check_prevalences, gather_evidence
from fundusfm.evaluation.evidence.workload import Grader
from fundusfm.models.card.referral import ReferralRule
from fundusfm.models.card.schema import OperatingPoint


def _gather(predictions: pd.DataFrame, **options: object) -> ProgrammeEvidence:
    defaults: dict[str, object] = {
        "prevalences": [0.05, 0.2], "grader": Grader(0.8, 0.95), "operating_points": {}, "trained_at": {},
        "rule": None,
        "point": "youden", "by": ["sex"], "repeats": 50, "seed": 0,
    }  # fmt: skip
    return gather_evidence(predictions, **(defaults | options))  # type: ignore[arg-type]


def _cell(evidence: ProgrammeEvidence, **wanted: object) -> pd.Series:
    frame = evidence.frame()
    for key, value in wanted.items():
        frame = frame[frame[key] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_every_label_has_every_number() -> None:
    evidence = _gather(cross_fitted(make_predictions(n=240), task="multilabel"))
    frame = evidence.frame()
    assert set(frame["label"]) == {"a", "b"}
    per_label = frame[frame["prevalence"] == 0.2].groupby("label")["quantity"].nunique()
    assert (per_label == 18).all()
    assert set(frame.loc[frame["column"] == "sex", "group"]) == {"f", "m"}
    assert len(evidence.curves) == 2 * 2 * 50
    low, high = (
        _cell(evidence, label="a", quantity="ppv", prevalence=0.05),
        _cell(evidence, label="a", quantity="ppv", prevalence=0.2),
    )
    assert low["value"] < high["value"]


def test_an_external_set_is_judged_at_the_stored_point() -> None:
    predictions = make_predictions(name="camera", n=100, labels=["a"])
    point = OperatingPoint(threshold=0.4, sensitivity=0.9, specificity=0.5)
    evidence = _gather(predictions, operating_points={"a": {"youden": point}})
    called, truth = predictions["score"] >= 0.4, predictions["truth"] == 1
    assert _cell(evidence, quantity="sensitivity", column="")["value"] == pytest.approx(
        (called & truth).sum() / truth.sum()
    )
    without = _gather(predictions)
    assert "no operating point" in _cell(without, quantity="sensitivity", column="")["reason"]


def test_a_label_without_positives_is_a_row_with_its_reason() -> None:
    predictions = make_predictions(name="camera", n=60, labels=["a"], prevalence=0.0)
    point = OperatingPoint(threshold=0.4, sensitivity=0.9, specificity=0.5)
    evidence = _gather(predictions, operating_points={"a": {"youden": point}})
    for quantity in ("sensitivity", "calibration_slope"):
        row = _cell(evidence, quantity=quantity, column="")
        assert np.isnan(row["value"]) and row["reason"]
    assert evidence.remarks["camera", "a"]


def test_the_referral_rule_is_judged_beside_the_labels() -> None:
    predictions = make_predictions(name="camera", n=200, labels=["a", "b"])
    rule = ReferralRule(goal="specificity", target=0.8, thresholds={"a": 0.6, "b": 0.7})
    evidence = _gather(predictions, rule=rule)
    wide = predictions.pivot(index="image", columns="label", values=["truth", "score"])
    truth = (wide["truth"] == 1).any(axis=1)
    called = (wide["score"]["a"] >= 0.6) | (wide["score"]["b"] >= 0.7)
    found = _cell(evidence, label="referral", quantity="sensitivity", column="")["value"]
    assert found == pytest.approx((truth & called).sum() / truth.sum())

    absent = _gather(predictions[predictions["label"] == "a"], rule=rule)
    assert "no scores for b" in _cell(absent, label="referral", quantity="sensitivity", column="")["reason"]


def test_recorded_decisions_of_the_rule_are_judged_where_the_run_has_few_labels() -> None:
    predictions = make_predictions(name="camera", n=200, labels=["a"]).assign(refer=0.0)
    rows = predictions.index[predictions["truth"] == 1][::2]
    predictions.loc[rows, "refer"] = 1.0
    rule = ReferralRule(goal="specificity", target=0.8, thresholds={"a": 0.6, "b": 0.7})
    evidence = _gather(predictions, rule=rule)
    expected = len(rows) / (predictions["truth"] == 1).sum()
    assert _cell(evidence, label="referral", quantity="sensitivity", column="")["value"] == pytest.approx(expected)
    assert _cell(evidence, label="referral", quantity="specificity", column="")["value"] == 1.0


def test_the_rule_is_cross_fitted_in_cross_validation() -> None:
    rule = ReferralRule(goal="specificity", target=0.8, thresholds={"a": 0.6, "b": 0.7})
    evidence = _gather(cross_fitted(make_predictions(n=400), task="multilabel"), rule=rule)
    assert _cell(evidence, label="referral", quantity="specificity", column="")["value"] == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize("wrong", [[0.0], [1.0], [0.1, 1.2], [-0.1], [float("nan")], []])
def test_prevalences_outside_are_refused(wrong: list[float]) -> None:
    with pytest.raises(ConfigError, match="between 0 and 1"):
        check_prevalences(wrong)


def test_prevalences_are_sorted_once_each() -> None:
    assert check_prevalences([0.2, 0.1, 0.2]) == [0.1, 0.2]
