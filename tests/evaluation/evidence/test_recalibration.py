import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from tests.evaluation.evidence.test_draws import plain_draws

from fundusfm.evaluation.evidence.rates import Decider
from fundusfm.evaluation.evidence.recalibration import fit_logistic, recalibration


def _sample(n: int, *, slope: float = 1.0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a model, and truths for which `shift + slope * logit` is right."""
    random = np.random.default_rng(0)
    score = random.normal(size=n)
    return score, (random.random(n) < expit(shift + slope * score)).astype(float)


def _found(score: np.ndarray, truth: np.ndarray) -> dict[str, object]:
    patients = np.arange(len(truth))
    draws = plain_draws(patients, repeats=100)
    return dict(recalibration(Decider("a", truth, truth, expit(score)), patients, "patient", draws))


def test_the_fit_is_that_of_a_library() -> None:
    score, truth = _sample(400, slope=0.5, shift=0.3)
    weights = np.random.default_rng(1).integers(0, 4, 400).astype(float)
    library = LogisticRegression(C=np.inf, tol=1e-10).fit(score[:, None], truth, sample_weight=weights)
    a, b = fit_logistic(score, truth, weights[:, None], slope=True)
    assert (a[0], b[0]) == pytest.approx((library.intercept_[0], library.coef_[0, 0]), abs=1e-5)


def test_an_intercept_alone_brings_the_mean_right() -> None:
    score, truth = _sample(400, shift=0.7)
    a, b = fit_logistic(score, truth, np.ones((400, 1)), slope=False)
    assert b[0] == 1 and expit(a[0] + score).mean() == pytest.approx(truth.mean(), abs=1e-9)


def test_right_probabilities_hold_zero_and_one() -> None:
    found = _found(*_sample(3000))
    large, slope = found["calibration_in_the_large"], found["calibration_slope"]
    assert large.low < 0 < large.high  # type: ignore[attr-defined]
    assert slope.low < 1 < slope.high  # type: ignore[attr-defined]


def test_too_extreme_probabilities_have_a_slope_below_one() -> None:
    score, truth = _sample(3000, slope=0.5)
    assert _found(score, truth)["calibration_slope"].high < 0.7  # type: ignore[attr-defined]


def test_few_patients_have_no_interval_and_no_overlap_has_no_slope() -> None:
    found = _found(*_sample(60))
    assert np.isnan(found["calibration_slope"].low) and found["calibration_slope"].reason  # type: ignore[attr-defined]
    truth = np.repeat([0.0, 1.0], 150)
    apart = _found(logit(np.where(truth == 1, 0.9, 0.1)) + np.linspace(-0.1, 0.1, 300), truth)
    assert np.isnan(apart["calibration_slope"].value)  # type: ignore[attr-defined]
    assert "without an overlap" in apart["calibration_slope"].reason  # type: ignore[attr-defined]
