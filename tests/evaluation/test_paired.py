import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.paired import delong, holm, paired_bootstrap


def delong_by_definition(truth, a, b):
    """DeLong 1988 with its kernel written out: psi(x, y) = 1, 1/2 or 0 for each positive x and negative y."""
    positive = truth == 1
    components = []
    for score in (a, b):
        apart = score[positive][:, None] - score[~positive][None, :]
        kernel = (apart > 0) + 0.5 * (apart == 0)
        components.append((kernel.mean(), kernel.mean(axis=1), kernel.mean(axis=0)))
    cases = np.cov(components[0][1], components[1][1])
    controls = np.cov(components[0][2], components[1][2])
    covariance = cases / positive.sum() + controls / (~positive).sum()
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference = components[0][0] - components[1][0]
    return components[0][0], components[1][0], difference, variance


@given(st.integers(0, 10_000), st.integers(8, 60), st.sampled_from([1, 2, 8]))
@settings(max_examples=60, deadline=None)
def test_fast_delong_is_the_definition(seed, n, decimals):
    rng = np.random.default_rng(seed)
    truth = np.r_[np.ones(3), np.zeros(3), rng.random(n) < 0.4].astype(float)
    a, b = (np.round(rng.random(n + 6), decimals) for _ in range(2))
    found = delong(truth, a, b)
    auc_a, auc_b, difference, variance = delong_by_definition(truth, a, b)
    assert found[:3] == pytest.approx((auc_a, auc_b, difference))
    if variance > 1e-9:
        assert found.p == pytest.approx(2 * norm.sf(abs(difference) / np.sqrt(variance)), abs=1e-9)
        assert found.high - found.low == pytest.approx(2 * norm.ppf(0.975) * np.sqrt(variance))
    assert found.auc_a == pytest.approx(roc_auc_score(truth, a))


def test_worked_example():
    # Positives 0.9 0.8 0.4, negatives 0.5 0.3 0.1 against positives 0.6 0.5 0.2, negatives 0.4 0.3 0.7.
    found = delong([1, 1, 1, 0, 0, 0], [0.9, 0.8, 0.4, 0.5, 0.3, 0.1], [0.6, 0.5, 0.2, 0.4, 0.3, 0.7])
    assert found.auc_a == pytest.approx(8 / 9) and found.auc_b == pytest.approx(4 / 9)
    # Share of the other class ranked on the right side, image by image, first model minus second.
    cases, controls = np.array([1 / 3, 1 / 3, 2 / 3]), np.array([0.0, 1 / 3, 1.0])
    error = np.sqrt(cases.var(ddof=1) / 3 + controls.var(ddof=1) / 3)
    assert found.p == pytest.approx(2 * norm.sf(4 / 9 / error))


def test_the_same_scores_do_not_differ():
    found = delong([0, 1, 0, 1], [0.1, 0.8, 0.4, 0.3], [0.1, 0.8, 0.4, 0.3])
    assert found.difference == 0 and found.p == 1


def test_complete_difference_without_variance():
    assert delong([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], [0.9, 0.8, 0.2, 0.1]).p == 0


def test_an_absent_class_gives_nan():
    assert np.isnan(delong([1, 1], [0.2, 0.3], [0.1, 0.2])).all()
    assert np.isnan(paired_bootstrap([1, 1], [0.2, 0.3], [0.1, 0.2], [0, 1], repeats=5).p)


def test_unknown_truth_is_left_out():
    assert delong([0, 1, np.nan], [0.1, 0.9, 0], [0.2, 0.8, 1]).auc_a == 1


def test_delong_holds_its_level():
    rng = np.random.default_rng(0)
    truth = np.repeat([0.0, 1.0], 100)
    p = [delong(truth, truth + rng.normal(size=200), truth + rng.normal(size=200)).p for _ in range(400)]
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.085


def test_bootstrap_agrees_with_delong_on_independent_images():
    rng = np.random.default_rng(4)
    truth = (rng.random(400) < 0.4).astype(float)
    a = truth * 1.2 + rng.normal(size=400)
    b = 0.5 * a + truth * 0.1 + rng.normal(size=400)
    fast, slow = delong(truth, a, b), paired_bootstrap(truth, a, b, np.arange(400))
    assert slow.difference == pytest.approx(fast.difference)
    assert (slow.low, slow.high) == pytest.approx((fast.low, fast.high), abs=0.015)
    assert (slow.p < 0.05) == (fast.p < 0.05)


def test_bootstrap_is_wider_for_patients_with_several_images():
    rng = np.random.default_rng(5)
    truth = np.repeat((rng.random(80) < 0.5).astype(float), 5)
    a, b = truth + np.repeat(rng.normal(size=80), 5), truth + np.repeat(rng.normal(size=80), 5)
    images, patients = (
        paired_bootstrap(truth, a, b, groups, repeats=300) for groups in (np.arange(400), np.repeat(np.arange(80), 5))
    )
    assert patients.high - patients.low > 1.5 * (images.high - images.low)


def test_bootstrap_ranks_within_folds():
    # Each fold is ranked perfectly, but the second fold's network scores everything higher.
    truth, score, folds = [0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]
    pooled = paired_bootstrap(truth, score, score, range(4), repeats=5)
    assert pooled.a == 0.75
    assert paired_bootstrap(truth, score, score, range(4), folds_a=folds, repeats=5).a == 1


def test_bootstrap_averages_labels_that_are_defined():
    truth = np.array([[0, 0, 1], [1, 0, 0], [0, 0, np.nan]], float)
    score = np.array([[0.1, 0.5, 0.2], [0.9, 0.5, 0.6], [0.2, 0.4, 0.9]])
    assert paired_bootstrap(truth, score, score, range(3), repeats=5).a == pytest.approx((1 + 0) / 2)


def test_holm():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, float("nan"), 0.02])[0] == 0.5 and np.isnan(holm([0.5, float("nan")])[1])
    assert holm([]) == []
    with pytest.raises(EvaluationError, match="from 0 to 1"):
        holm([1.2])
