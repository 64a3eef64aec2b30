import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from fundusfm.evaluation.intervals import bootstrap, interval, patient_weights
from fundusfm.evaluation.weighted import auroc


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


def test_weighted_bootstrap_is_the_explicit_one():
    rng = np.random.default_rng(0)
    groups = np.arange(80) // 2
    truth, score = (rng.random(80) < 0.4).astype(float), rng.random(80)
    explicit = []
    for weights in patient_weights(groups, repeats=200, seed=5):
        for column in weights.T:
            rows = np.repeat(np.arange(80), column.astype(int))
            explicit.append(roc_auc_score(truth[rows], score[rows]))
    found = bootstrap(truth, score, groups, auroc, repeats=200, seed=5)
    assert found.value == pytest.approx(roc_auc_score(truth, score))
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(explicit, [2.5, 97.5])))


@given(st.integers(0, 10_000), st.integers(6, 40))
@settings(max_examples=25, deadline=None)
def test_interval_holds_the_value(seed, n):
    rng = np.random.default_rng(seed)
    truth, score = (rng.random(n) < 0.5).astype(float), rng.random(n)
    found = bootstrap(truth, score, np.arange(n) // 2, auroc, repeats=30, seed=seed)
    assert np.isnan(found.value) or found.low <= found.value <= found.high


def test_interval_is_widened_to_hold_the_value():
    assert interval(0.1, np.array([0.2, 0.3, np.nan])) == pytest.approx((0.1, 0.1, 0.2975))


def test_interval_of_nothing():
    assert np.isnan(interval(float("nan"), np.array([1.0]))[1:]).all()
    assert np.isnan(interval(0.5, np.array([np.nan]))[1:]).all()


def test_patients_give_wider_intervals_than_images():
    rng = np.random.default_rng(1)
    patient_truth, noise = (rng.random(100) < 0.5).astype(float), rng.normal(size=100)
    truth, score = np.repeat(patient_truth, 4), np.repeat(patient_truth + 2 * noise, 4)
    by_patient = bootstrap(truth, score, np.repeat(np.arange(100), 4), auroc)
    by_image = bootstrap(truth, score, np.arange(400), auroc)
    assert by_patient.high - by_patient.low > 1.5 * (by_image.high - by_image.low)


def test_interval_covers_the_true_value_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    covered = 0
    for repeat in range(60):
        truth = np.repeat([0.0, 1.0], 60)
        found = bootstrap(truth, truth + rng.normal(size=120), np.arange(120), auroc, repeats=200, seed=repeat)
        covered += found.low <= 0.7602 <= found.high  # Phi(1 / sqrt(2))
    assert covered >= 52


def test_unknown_truth_is_left_out():
    found = bootstrap([0, 1, np.nan], [0.1, 0.2, 0.0], ["a", "b", "c"], auroc, repeats=20)
    assert found.value == 1


def test_bootstrap_is_quick():
    rng = np.random.default_rng(0)
    truth, score = (rng.random(2700) < 0.2).astype(float), rng.random(2700)
    started = time.process_time()
    bootstrap(truth, score, np.arange(2700) // 2, auroc)
    assert time.process_time() - started < 2
