import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.screening.monitor.limits import TAIL, Expected, expected_of, mean_limits, share_limits


def test_tails_are_those_of_three_sigma() -> None:
    assert pytest.approx(0.00135, abs=1e-5) == TAIL


def test_limits_of_a_large_share_are_three_sigma_of_half_the_photographs() -> None:
    # Shewhart's p-chart for 1,000 people: 0.2 -+ 3 * sqrt(0.2 * 0.8 / 1000).
    low, high = share_limits(Expected(0.2, float("inf")), 2000)
    assert (low, high) == pytest.approx((0.162, 0.238), abs=0.003)


def test_limits_of_a_mean_are_three_sigma() -> None:
    # A mean of 100 people with a spread of 0.1, against a mean of 10,000: 0.8 -+ 3 * 0.1 * sqrt(1/100 + 1/10000).
    low, high = mean_limits(Expected(0.8, 20_000, 0.1), 200)
    assert (low, high) == pytest.approx((0.8 - 0.03015, 0.8 + 0.03015), abs=1e-4)


def test_a_small_share_has_a_limit_that_one_photograph_does_not_break() -> None:
    low, high = share_limits(Expected(0.01, float("inf")), 60)
    assert low == 0.0 and high > 2 / 60


def test_few_photographs_behind_an_expectation_widen_the_limits() -> None:
    known = share_limits(Expected(0.1, float("inf")), 200)
    learnt = share_limits(Expected(0.1, 100), 200)
    assert learnt[0] <= known[0] and learnt[1] > known[1]
    assert mean_limits(Expected(0.8, 40, 0.1), 100)[1] > mean_limits(Expected(0.8, 4000, 0.1), 100)[1]


def test_nothing_expected_of_too_few() -> None:
    assert expected_of(np.r_[np.ones(19), [np.nan] * 5]) is None
    found = expected_of(np.r_[np.ones(10), np.zeros(30), [np.nan]])
    assert found is not None and (found.value, found.photographs) == (0.25, 40)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.floats(20, 5000), st.integers(20, 5000))
def test_limits_hold_the_expectation_and_stay_in_range(share: float, behind: float, photographs: int) -> None:
    low, high = share_limits(Expected(share, behind), photographs)
    assert 0 <= low <= share <= high <= 1


def test_false_alarms_are_as_rare_as_said() -> None:
    """Weeks of two photographs per person that always agree: the worst case for photographs that count half."""
    random = np.random.default_rng(0)
    alarms = 0
    for _ in range(500):
        before, now = random.random(200) < 0.1, random.random(100) < 0.1
        low, high = share_limits(Expected(float(before.mean()), 400), 200)
        alarms += not low <= now.mean() <= high
    assert alarms <= 5
