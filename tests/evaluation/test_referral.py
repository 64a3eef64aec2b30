"""The referral rule: who is normal, thresholds with a known answer, promises kept across folds, and what gives none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.evaluation.referral import fit_rule, fit_thresholds, referable_eyes, referred, rule_text
from fundusfm.evaluation.table import PredictionTable

NAN = float("nan")


def _table(truth: np.ndarray, score: np.ndarray, labels: list[str], folds: int = 5) -> PredictionTable:
    n = len(truth)
    patients = np.arange(n) // 2
    return PredictionTable(
        "cv",
        labels,
        pd.DataFrame({"patient": patients.astype(str)}),
        patients,
        patients % folds,
        truth,
        score,
        score,
        {},
    )


def _simulated(n: int = 2000, seed: int = 0) -> PredictionTable:
    """Two diseases, one easy and one rare and hard, and a label that means healthy."""
    rng = np.random.default_rng(seed)
    truth = np.column_stack([rng.random(n) < 0.3, rng.random(n) < 0.05]).astype(float)
    logit = rng.normal(size=(n, 2)) + truth * [3.0, 1.5] - [1.0, 3.0]
    healthy = (truth.sum(axis=1) == 0).astype(float)
    score = 1 / (1 + np.exp(-logit))
    return _table(np.column_stack([truth, healthy]), np.column_stack([score, 1 - score[:, 0]]), ["D", "G", "N"])


def test_who_is_normal() -> None:
    labels = ["abnormal", "D", "N"]
    truth = np.array([[0, 0, 1], [0, NAN, NAN], [1, 0, 0], [NAN, 0, NAN], [NAN, NAN, 1], [NAN, 1, 1], [NAN, NAN, NAN]])
    normal, found = referable_eyes(labels, truth)
    assert normal.tolist() == [True, True, False, False, True, False, False]
    assert found.tolist() == [False, False, True, False, False, True, False]
    assert referable_eyes(["D", "G"], np.array([[0, 0], [0, NAN], [NAN, 1]]))[0].tolist() == [True, False, False]


def test_thresholds_with_a_known_answer() -> None:
    # Forty normal eyes; A and B find other ones of them. Two alarms each make four: specificity 0.9.
    normal = np.column_stack([np.arange(40), np.arange(40)[::-1]]) / 100 + 0.1
    sick = np.array([[0.485, 0.1], [0.1, 0.5], [0.1, 0.1], [0.9, 0.9]])
    score = np.concatenate([normal, sick])
    truth = np.concatenate([np.zeros((40, 2)), [[1, 0], [0, 1], [0, 1], [1, 1]]])
    found = fit_thresholds(["A", "B"], truth, score, goal="specificity", target=0.9)
    assert found == pytest.approx({"A": 0.475, "B": 0.475})
    assert referred(["A", "B"], score, found)[:40].sum() == 4
    # To find three of the four, a threshold below 0.485 is enough: one alarm each, between 0.48 and 0.49.
    wide = fit_thresholds(["A", "B"], truth, score, goal="sensitivity", target=0.75)
    assert wide == pytest.approx({"A": 0.485, "B": 0.485})


@settings(max_examples=25)
@given(st.floats(0.5, 0.99), st.integers(0, 5))
def test_the_budget_is_kept_where_it_was_chosen(target: float, seed: int) -> None:
    table = _simulated(300, seed)
    found = fit_thresholds(table.labels, table.truth, table.score, goal="specificity", target=target)
    assert found is not None
    normal, sick = referable_eyes(table.labels, table.truth)
    passed = referred(table.labels, table.score, found)
    assert 1 - passed[normal].mean() >= target - 1e-9
    other = fit_thresholds(table.labels, table.truth, table.score, goal="sensitivity", target=target)
    assert other is not None
    assert referred(table.labels, table.score, other)[sick].mean() >= target - 1e-9


def test_what_the_folds_say_is_kept_on_new_eyes() -> None:
    rule = fit_rule(_simulated(), goal="specificity", target=0.8)
    assert rule is not None
    assert set(rule.thresholds) == {"D", "G"}
    new = _simulated(20_000, seed=1)
    normal, sick = referable_eyes(new.labels, new.truth)
    passed = referred(new.labels, new.score, rule.thresholds)
    assert rule.specificity is not None
    assert rule.sensitivity is not None
    assert rule.specificity.value == pytest.approx(0.8, abs=0.03)
    assert 1 - passed[normal].mean() == pytest.approx(rule.specificity.value, abs=0.03)
    assert rule.sensitivity.low < passed[sick].mean() < rule.sensitivity.high
    glaucoma = rule.per_label["G"]
    assert glaucoma.low < passed[new.truth[:, 1] == 1].mean() < glaucoma.high
    assert glaucoma.positives == (_simulated().truth[:, 1] == 1).sum()
    assert rule_text(rule).startswith("referral rule for specificity 0.8: specificity 0.")


def test_one_label_is_a_rule_of_one_threshold() -> None:
    table = _simulated()
    rule = fit_rule(_table(table.truth[:, :1], table.score[:, :1], ["D"]), goal="sensitivity", target=0.9)
    assert rule is not None
    assert rule.sensitivity is not None
    assert rule.sensitivity.value == pytest.approx(0.9, abs=0.03)


def test_what_gives_no_rule() -> None:
    table = _simulated()
    assert fit_rule(_table(table.truth[:, 2:], table.score[:, 2:], ["N"]), goal="specificity", target=0.8) is None
    sick = table.truth[:, 0] == 1
    few = np.flatnonzero(sick)[:50].tolist() + np.flatnonzero(~sick)[:10].tolist()
    assert fit_rule(table.take(np.array(few)), goal="specificity", target=0.8) is None
    never = np.column_stack([table.truth[:, 0], np.zeros(len(sick))])
    rule = fit_rule(_table(never, table.score[:, :2], ["D", "G"]), goal="specificity", target=0.8)
    assert rule is not None
    assert set(rule.thresholds) == {"D"}
    assert rule_text(None).startswith("no referral rule")
