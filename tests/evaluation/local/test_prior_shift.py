"""Prevalence without labels: found where only the frequency differs, and probabilities follow it."""

import numpy as np
import pytest
from scipy.special import expit, logit

from fundusfm.evaluation.local.prior_shift import estimate_prevalence, label_prevalence, shift_of


def _probabilities(n: int, share: float, prior: float) -> np.ndarray:
    """Exact probabilities at a prior, of photographs of which another share is positive."""
    rng = np.random.default_rng(0)
    positive = rng.random(n) < share
    evidence = rng.normal(np.where(positive, 1.0, -1.0), np.sqrt(2))  # log likelihood ratio
    return expit(evidence + logit(prior))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7])
def test_the_share_is_found(share: float) -> None:
    assert label_prevalence(_probabilities(20_000, share, 0.5), 0.5) == pytest.approx(share, abs=0.02)


def test_classes_add_up() -> None:
    both = _probabilities(5000, 0.2, 0.4)
    found = estimate_prevalence(np.column_stack([1 - both, both]), np.array([0.6, 0.4]))
    assert found.sum() == pytest.approx(1)
    assert found[1] == pytest.approx(label_prevalence(both, 0.4))
    assert estimate_prevalence(np.empty((0, 2)), np.array([0.6, 0.4])).tolist() == [0.6, 0.4]


def test_the_bias_moves_probabilities_to_another_prevalence() -> None:
    assert expit(logit(0.4) + shift_of(0.1, 0.4)) == pytest.approx(0.1)
    assert np.isfinite(shift_of(0.0, 0.5))
