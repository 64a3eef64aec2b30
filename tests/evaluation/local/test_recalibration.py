"""Calibration from a few photographs: what many say is found, and what a few say moves little."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from fundusfm.evaluation.local.recalibration import Recalibration, recalibrate

_NONE = Recalibration(1.0, np.zeros(1))


def _drawn(n: int, temperature: float, bias: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose logits are to be divided and shifted to give the chance of a positive."""
    rng = np.random.default_rng(0)
    logit = rng.normal(0, 2, n)
    return expit(logit), (rng.random(n) < expit(logit / temperature + bias)).astype(float)


def test_many_photographs_give_their_own_calibration() -> None:
    score, truth = _drawn(20_000, 2.0, -1.5)
    truth[:5] = np.nan
    found = recalibrate(score, truth, _NONE)
    assert found.temperature == pytest.approx(2.0, rel=0.1)
    assert found.bias[0] == pytest.approx(-1.5, abs=0.1)


def test_a_few_photographs_leave_the_model_near_where_it_was() -> None:
    start = Recalibration(1.3, np.array([0.4]))
    found = recalibrate(np.array([0.9, 0.8, 0.2]), np.array([1.0, 1.0, 0.0]), start)
    assert 0.6 < found.temperature < 1.4
    assert found.bias[0] == pytest.approx(0.4, abs=1)
    unknown = recalibrate(np.array([0.9]), np.array([np.nan]), start)
    assert unknown.temperature == pytest.approx(1.3)


def test_classes_have_a_bias_each() -> None:
    rng = np.random.default_rng(1)
    logit = rng.normal(0, 1.5, (20_000, 3))
    chance = softmax(logit + np.array([1.0, 0.0, -1.0]), axis=1)
    actual = (rng.random((len(logit), 1)) > chance.cumsum(axis=1)).sum(axis=1).clip(max=2)
    found = recalibrate(softmax(logit, axis=1), np.eye(3)[actual], Recalibration(1.0, np.zeros(3)))
    assert found.temperature == pytest.approx(1.0, rel=0.1)
    assert found.bias - found.bias[1] == pytest.approx([1.0, 0.0, -1.0], abs=0.1)
