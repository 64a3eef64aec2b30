"""Gains: before, after, and an interval of the difference that is about patients."""

import numpy as np
import pytest

from fundusfm.evaluation.local.gain import calibration_gains, share_gain


def test_a_share_that_grows() -> None:
    before, after = np.arange(200) % 2 == 0, np.arange(200) % 4 != 1
    found = share_gain(before, after, np.arange(200), seed=0)
    assert (found.before, found.after) == (0.5, 0.75)
    assert 0 < found.low < 0.25 < found.high < 0.4
    assert str(found).startswith("0.500 before, 0.750 after (95 % of the difference: +0.1")
    assert found.plain().keys() == {"before", "after", "low", "high"}


def test_what_does_not_change_has_no_interval() -> None:
    same = np.arange(50) % 2 == 0
    found = share_gain(same, same, np.arange(50), seed=0)
    assert found.before == found.after
    assert np.isnan(found.low)
    assert "no interval of the difference" in str(found) and "nan" not in str(found)


def test_better_probabilities_gain() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random(500) < 0.2).astype(float)
    truth[0] = np.nan
    score = np.full(500, 0.5)
    found = calibration_gains(truth, score, score, np.full(500, 0.2), np.arange(500), seed=0)
    assert found["ece"].before == pytest.approx(0.3, abs=0.05)
    assert found["ece"].high < 0
    assert found["brier"].high < 0
