"""The term for both eyes, on scores whose gain is known."""

import numpy as np
from scipy.stats import norm
from sklearn.metrics import log_loss, roc_auc_score

from fundusfm.evaluation.both_eyes import cross_fitted_both_eyes, fit_both_eyes
from fundusfm.models.fellow import both_eyes_scores, fellow_logits
from fundusfm.models.logistic import expit

_SHIFT = 1.2


def _people(count: int, seed: int, *, agree: bool = True) -> tuple[list[str], list[str], np.ndarray, np.ndarray]:
    """Returns persons, eyes, truth (n, 1) and logits (n, 1) of both eyes of some people."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(count), 2)
    disease = np.repeat(rng.random(count) < 0.3, 2) if agree else rng.random(2 * count) < 0.3
    logits = _SHIFT * disease + rng.normal(size=2 * count) - 1
    return [str(one) for one in person], ["left", "right"] * count, disease[:, None] * 1.0, logits[:, None]


def test_where_both_eyes_are_always_alike_two_readings_are_averaged() -> None:
    people, eyes, truth, logits = _people(6000, 0)
    fellows = fellow_logits(people, eyes, logits)
    scores, _ = cross_fitted_both_eyes(["a"], truth, logits, fellows, expit(logits), np.repeat(np.arange(6000) % 5, 2))
    one, both = roc_auc_score(truth, logits), roc_auc_score(truth, scores)
    assert abs(one - norm.cdf(_SHIFT / np.sqrt(2))) < 0.01
    assert abs(both - norm.cdf(_SHIFT)) < 0.01  # the mean of two readings: noise smaller by the root of two


def test_thresholds_of_one_eye_hold_for_both_and_probabilities_are_calibrated() -> None:
    people, eyes, truth, logits = _people(6000, 1)
    fellows = fellow_logits(people, eyes, logits)
    term = fit_both_eyes(["a"], truth, logits, fellows)
    assert term is not None and term.eyes == 12_000
    scores, probabilities = both_eyes_scores(term, ["a"], expit(logits), expit(logits), fellows)
    healthy = truth[:, 0] == 0
    for share in (0.6, 0.8, 0.95):
        limit = np.quantile(expit(logits)[healthy], share)
        assert abs((scores[healthy] < limit).mean() - share) < 0.01
    assert abs(probabilities.mean() - truth.mean()) < 0.01
    assert log_loss(truth[:, 0], probabilities[:, 0]) < log_loss(truth[:, 0], expit(logits)[:, 0]) - 0.03


def test_an_eye_that_tells_nothing_of_the_other_leaves_scores_as_they_are() -> None:
    people, eyes, truth, logits = _people(300, 2, agree=False)
    few = truth.copy()
    few[20:] = 0
    fellows = fellow_logits(people, eyes, logits)
    assert fit_both_eyes(["a"], few, logits, fellows) is None
    against = np.where(np.arange(600)[:, None] % 2 == 0, truth, 1 - np.repeat(truth[::2], 2, axis=0))
    assert fit_both_eyes(["a"], against, 2 * against - 1 + 0.1 * logits, fellow_logits(people, eyes, against)) is None


def test_unknown_truth_and_missing_fellows_are_left_out() -> None:
    people, eyes, truth, logits = _people(500, 3)
    eyes[0] = ""
    truth[10:14] = np.nan
    fellows = fellow_logits(people, eyes, logits)
    assert np.isnan(fellows[:2]).all()
    kept = np.r_[2:10, 14:1000]
    found, expected = (
        fit_both_eyes(["a"], truth[rows], logits[rows], fellows[rows]) for rows in (np.arange(1000), kept)
    )
    assert found is not None and expected is not None and found.weights == expected.weights


def test_a_person_never_helps_to_judge_the_own_eyes() -> None:
    people, eyes, truth, logits = _people(400, 4)
    fellows, folds = fellow_logits(people, eyes, logits), np.repeat(np.arange(400) % 4, 2)
    before, _ = cross_fitted_both_eyes(["a"], truth, logits, fellows, expit(logits), folds)
    other = truth.copy()
    other[folds == 1] = 1 - other[folds == 1]
    after, _ = cross_fitted_both_eyes(["a"], other, logits, fellows, expit(logits), folds)
    assert (before[folds == 1] == after[folds == 1]).all() and (before[folds != 1] != after[folds != 1]).all()
