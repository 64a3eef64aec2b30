import numpy as np
import pytest
from scipy.stats import t

from fundusfm.evaluation.intervals import area_interval, interval, patient_weights


def test_images_of_a_patient_are_drawn_together():
    groups = np.array(["x", "y", "x", "z", "y"])
    weights = np.concatenate(list(patient_weights(groups, repeats=50)), axis=1)
    assert weights.shape == (5, 50)
    assert (weights[0] == weights[2]).all() and (weights[1] == weights[4]).all()
    assert (weights[0] + weights[1] + weights[3] == 3).all()


def test_each_stratum_keeps_its_number_of_patients():
    groups, strata = np.array([1, 1, 2, 3, 4, 5]), np.array([0, 0, 0, 1, 1, 1])
    weights = np.concatenate(list(patient_weights(groups, repeats=40, strata=strata)), axis=1)
    assert (weights[0] + weights[2] == 2).all() and (weights[3:].sum(axis=0) == 3).all()


def test_the_seed_decides():
    first, again, other = (
        np.concatenate(list(patient_weights(range(20), repeats=3, seed=seed)), axis=1) for seed in (1, 1, 2)
    )
    assert (first == again).all() and (first != other).any()


def test_many_images_come_in_chunks_of_bounded_size():
    chunks = list(patient_weights(np.arange(300_000), repeats=3))
    assert [chunk.shape for chunk in chunks] == [(300_000, 1)] * 3


def test_many_patients_have_the_percentiles_of_the_resamples():
    draws = np.random.default_rng(0).normal(size=100_000)
    found = interval(0.0, draws, 10_000)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(draws, [2.5, 97.5])), abs=0.002)


def test_few_patients_have_an_interval_as_wide_as_students():
    values = np.random.default_rng(1).normal(size=8)
    weights = np.concatenate(list(patient_weights(np.arange(8), repeats=40_000)), axis=1)
    found = interval(values.mean(), values @ weights / 8, 8)
    margin = t.ppf(0.975, 7) * values.std(ddof=1) / np.sqrt(8)
    assert (found.high - found.low) / 2 == pytest.approx(margin, rel=0.1)


def test_an_interval_is_widened_to_hold_the_value():
    assert interval(0.1, np.array([0.2, 0.3, np.nan]), 1000).low == 0.1


@pytest.mark.parametrize(
    ("value", "draws", "patients"),
    [(np.nan, [1.0, 2.0], 9), (0.5, [np.nan], 9), (0.5, [0.4, 0.6], 1), (1.0, [1.0, 1.0], 9), (0.3, [0.3, 0.3], 9)],
)
def test_where_resamples_say_nothing_there_is_no_interval(value, draws, patients):
    assert np.isnan(interval(value, np.array(draws), patients)[1:]).all()
    assert np.isnan(area_interval(value, np.array(draws), patients)[1:]).all()


def test_an_area_near_one_keeps_within_one():
    draws = np.clip(np.random.default_rng(0).normal(0.98, 0.02, 1000), 0, 1)
    found = area_interval(0.98, draws, 500)
    assert 0.8 < found.low < 0.95 and 0.99 < found.high < 1
