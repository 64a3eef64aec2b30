import numpy as np
import pytest
from tests.evaluation.evidence.test_draws import plain_draws

from fundusfm.evaluation.evidence.rates import Decider, rates_of


def _rates(decider: Decider, patients: np.ndarray | None = None):  # type: ignore[no-untyped-def]
    n = len(decider.truth)
    patients = np.arange(n) if patients is None else patients
    return rates_of(decider, patients, "patient", plain_draws(patients, repeats=200), np.ones(n, bool))


def test_rates_by_hand_with_exact_intervals() -> None:
    truth = np.r_[np.ones(20), np.zeros(40), [np.nan]]
    called = np.r_[np.ones(15), np.zeros(5), np.ones(4), np.zeros(36), [1.0]]
    found = _rates(Decider("a", truth, called, None))
    assert found.sensitivity.value == pytest.approx(0.75)
    assert (found.sensitivity.low, found.sensitivity.high) == pytest.approx((0.509, 0.913), abs=1e-3)  # Clopper-Pearson
    assert found.specificity.value == pytest.approx(0.9)
    assert found.counts.images == 60


def test_two_photographs_of_a_patient_count_as_one_where_they_agree() -> None:
    random = np.random.default_rng(0)
    truth = np.repeat(random.random(300) < 0.5, 2).astype(float)
    called = np.where(np.repeat(random.random(300) < 0.8, 2), truth, 1 - truth)
    one = _rates(Decider("a", truth[::2], called[::2], None))
    two = _rates(Decider("a", truth, called, None), np.repeat(np.arange(300), 2))
    width = one.sensitivity.high - one.sensitivity.low
    assert two.sensitivity.high - two.sensitivity.low == pytest.approx(width, rel=0.15)


def test_a_label_without_positives_says_so() -> None:
    found = _rates(Decider("a", np.zeros(30), np.zeros(30), None))
    assert np.isnan(found.sensitivity.value) and "no positive among 30 images" in str(found.sensitivity.reason)
    assert found.specificity.value == 1.0
    assert "no positive" in str(found.derive(lambda se, sp: se + sp).reason)


def test_without_a_threshold_nothing_is_decided() -> None:
    found = _rates(Decider("a", np.r_[np.ones(5), np.zeros(5)], np.full(10, np.nan), None))
    assert "no operating point" in str(found.sensitivity.reason)
