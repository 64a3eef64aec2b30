import numpy as np
import pytest
from scipy.stats import norm

from fundusfm.evaluation.evidence.gaps import gaps, smallest_detectable
from fundusfm.evaluation.evidence.rates import Rates
from fundusfm.evaluation.few import Counts
from fundusfm.models.card.results import Estimate


def _rates(sensitivity: Estimate, patients: int) -> Rates:
    return Rates(sensitivity, Estimate(0.9, 0.85, 0.94), Counts(patients, 50, 50 + patients, patients, 50))


def test_a_group_is_compared_with_the_largest() -> None:
    groups = {
        "female": _rates(Estimate(0.7, 0.6, 0.8), 80),
        "male": _rates(Estimate(0.8, 0.72, 0.88), 100),
        "unknown": _rates(Estimate(np.nan, reason="no positive among 3 images"), 0),
    }
    found = {gap.group: gap for gap in gaps(groups) if gap.metric == "sensitivity"}
    assert found["female"].reference == "male"
    assert found["female"].difference.value == pytest.approx(-0.1)
    half = np.hypot(0.1, 0.08)
    assert (found["female"].difference.low, found["female"].difference.high) == pytest.approx(
        (-0.1 - half, -0.1 + half)
    )
    assert found["male"].reference == "" and found["male"].difference.reason == "the largest subgroup"
    assert found["unknown"].difference.reason == "no positive among 3 images"


def test_the_smallest_gap_has_the_power_that_is_said() -> None:
    # Two groups of 200 at a rate of 0.8: the test on the scale of the arcsine finds this loss in 80 % of samples.
    loss = smallest_detectable(0.8, 200, 200).value
    shift = 2 * (np.arcsin(np.sqrt(0.8)) - np.arcsin(np.sqrt(0.8 - loss)))
    power = norm.sf(1.959964 - shift / np.sqrt(2 / 200))
    assert power == pytest.approx(0.8, abs=1e-4)
    assert loss == pytest.approx(0.124, abs=0.002)


def test_larger_samples_show_smaller_gaps_and_tiny_ones_none() -> None:
    assert smallest_detectable(0.8, 1000, 1000).value < smallest_detectable(0.8, 100, 1000).value
    assert 0 < smallest_detectable(1.0, 50, 50).value < 0.2
    none = smallest_detectable(0.3, 3, 100)
    assert np.isnan(none.value) and "too few" in str(none.reason)
