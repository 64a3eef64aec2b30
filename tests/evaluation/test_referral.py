"""The referral rule: who is normal, thresholds with a known answer, promises kept across folds, and what gives none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.evaluation.referral import fit_rule, fit_thresholds, judged_sets, referable_eyes, referred, rule_text

NAN = float("nan")
LABELS = ["D", "G", "N"]


def _predictions(truth: np.ndarray, score: np.ndarray, labels: list[str], name: str = "cv") -> pd.DataFrame:
    image = np.arange(len(truth))
    known = {"set": name, "dataset": name, "image": image, "patient": image // 2, "fold": image // 2 % 5}
    return pd.concat(
        [
            pd.DataFrame({**known, "label": label, "truth": truth[:, place], "score": score[:, place]})
            for place, label in enumerate(labels)
        ],
        ignore_index=True,
    )


def _simulated(n: int = 2000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Truth and scores of two diseases, one easy and one rare and hard, and of a label that means healthy."""
    rng = np.random.default_rng(seed)
    truth = np.column_stack([rng.random(n) < 0.3, rng.random(n) < 0.05]).astype(float)
    logit = rng.normal(size=(n, 2)) + truth * [3.0, 1.5] - [1.0, 3.0]
    healthy = (truth.sum(axis=1) == 0).astype(float)
    score = 1 / (1 + np.exp(-logit))
    return np.column_stack([truth, healthy]), np.column_stack([score, 1 - score[:, 0]])


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
    truth, score = _simulated(300, seed)
    found = fit_thresholds(LABELS, truth, score, goal="specificity", target=target)
    assert found is not None
    normal, sick = referable_eyes(LABELS, truth)
    assert 1 - referred(LABELS, score, found)[normal].mean() >= target - 1e-9
    other = fit_thresholds(LABELS, truth, score, goal="sensitivity", target=target)
    assert other is not None
    assert referred(LABELS, score, other)[sick].mean() >= target - 1e-9


def test_what_the_folds_say_is_kept_on_new_eyes() -> None:
    truth, score = _simulated()
    new, new_score = _simulated(20_000, seed=1)
    both = pd.concat([_predictions(truth, score, LABELS), _predictions(new, new_score, LABELS, "new")])
    rule, decided = fit_rule(both, goal="specificity", target=0.8)
    assert rule is not None
    assert set(rule.thresholds) == {"D", "G"}
    assert rule.specificity is not None
    assert rule.sensitivity is not None
    assert rule.specificity.value == pytest.approx(0.8, abs=0.03)
    normal, sick = referable_eyes(LABELS, new)
    passed = referred(LABELS, new_score, rule.thresholds)
    assert 1 - passed[normal].mean() == pytest.approx(rule.specificity.value, abs=0.03)
    assert rule.sensitivity.low < passed[sick].mean() < rule.sensitivity.high
    assert rule.per_label["G"].low < passed[new[:, 1] == 1].mean() < rule.per_label["G"].high
    assert rule.per_label["G"].positives == (truth[:, 1] == 1).sum()
    assert rule_text(rule).startswith("referral rule for specificity 0.8: specificity 0.")
    outside = decided[(decided["set"] == "new") & (decided["label"] == "D")]
    assert (outside["refer"].to_numpy() == passed).all()
    external = judged_sets(decided, rule)["new"]
    assert external.specificity is not None
    assert external.specificity.value == pytest.approx(1 - passed[normal].mean())
    assert external.thresholds == rule.thresholds


def test_one_label_is_a_rule_of_one_threshold() -> None:
    truth, score = _simulated()
    rule, _ = fit_rule(_predictions(truth, score, ["D"]), goal="sensitivity", target=0.9)
    assert rule is not None
    assert rule.sensitivity is not None
    assert rule.sensitivity.value == pytest.approx(0.9, abs=0.03)


def test_what_gives_no_rule() -> None:
    truth, score = _simulated()
    healthy = _predictions(truth[:, 2:], score[:, 2:], ["N"])
    rule, decided = fit_rule(healthy, goal="specificity", target=0.8)
    assert rule is None
    assert decided is healthy
    sick = truth[:, 0] == 1
    few = np.flatnonzero(sick)[:50].tolist() + np.flatnonzero(~sick)[:10].tolist()
    assert fit_rule(_predictions(truth[few], score[few], LABELS), goal="specificity", target=0.8)[0] is None
    never = np.column_stack([truth[:, 0], np.zeros(len(sick))])
    rule, _ = fit_rule(_predictions(never, score, ["D", "G"]), goal="specificity", target=0.8)
    assert rule is not None
    assert set(rule.thresholds) == {"D"}
    assert rule_text(None).startswith("no referral rule")
