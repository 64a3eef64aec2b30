"""Shares with intervals by patient: two alike eyes of a patient count less than two eyes of two."""

import numpy as np
import pytest
from scipy.stats import binomtest

from fundusfm.evaluation.shares import share


def test_eyes_of_their_own_have_the_binomial_interval() -> None:
    hits = np.arange(400) % 4 > 0
    found = share(hits, np.arange(400))
    exact = binomtest(300, 400).proportion_ci(method="exact")
    assert tuple(found) == pytest.approx((0.75, exact.low, exact.high))


def test_eyes_of_one_patient_that_agree_count_once() -> None:
    hits = np.repeat(np.arange(200) % 4 > 0, 2)
    paired = share(hits, np.repeat(np.arange(200), 2))
    assert tuple(paired) == pytest.approx(tuple(share(hits[::2], np.arange(200))))
    few = share(np.ones(6, bool), np.repeat(np.arange(3), 2))
    assert (few.value, few.high) == (1, 1)
    assert few.low == pytest.approx(0.025 ** (1 / 3))


def test_no_eye_has_no_share() -> None:
    assert all(np.isnan(share(np.zeros(0, bool), np.zeros(0, np.intp))))
