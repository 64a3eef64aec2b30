import numpy as np
import pytest
from scipy.special import expit, logit, softmax

from fundusfm.evaluation.calibration import fit_temperature
from fundusfm.models.calibrate import apply_temperature, probabilities
from fundusfm.models.card.schema import Card


def test_the_temperature_is_found_again():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=20_000) * 2
    truth = (rng.random(20_000) < expit(logits)).astype(float)
    assert fit_temperature(expit(3 * logits), truth, "binary") == pytest.approx(3, rel=0.05)


def test_the_multiclass_temperature_is_found_again():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(8_000, 3)) * 2
    drawn = (rng.random((8_000, 1)) > softmax(logits, axis=1).cumsum(axis=1)).sum(axis=1)
    assert fit_temperature(softmax(2 * logits, axis=1), np.eye(3)[drawn], "multiclass") == pytest.approx(2, rel=0.05)


def test_nothing_to_learn_changes_nothing():
    assert fit_temperature([0.2, 0.3], [1, 1], "binary") == 1
    assert fit_temperature([], [], "binary") == 1
    assert fit_temperature([[0.2, 0.8]], [[0, 1]], "multiclass") == 1


def test_unknown_truth_is_left_out():
    score, truth = [0.2, 0.7, 0.4, 0.9, 0.6], [0, 1, 1, 1, 0]
    assert fit_temperature([*score, 0.01], [*truth, np.nan], "multilabel") == fit_temperature(score, truth, "binary")


def test_separable_scores_keep_a_finite_temperature():
    assert 0.04 < fit_temperature([0.4, 0.45, 0.55, 0.6], [0, 0, 1, 1], "binary") < 0.1


def test_ranks_stay_and_extremes_are_finite():
    score = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    probability = apply_temperature(score, 2.0, "binary")
    assert (np.diff(probability) > 0).all() and probability[2] == 0.5
    assert logit(probability[1]) == pytest.approx(logit(0.1) / 2)


def test_multiclass_probabilities_add_up():
    probability = apply_temperature([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]], 1.7, "multiclass")
    assert probability.sum(axis=1) == pytest.approx([1, 1])


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_bundles_apply_the_temperature_in_the_same_way(task):
    score = np.array([[0.7, 0.3], [0.1, 0.9], [0.0, 1.0]])
    card = Card(
        name="x",
        architecture="x",
        strategy="scratch",
        labels=["a", "b"],
        task=task,
        size=64,
        mean=[0, 0, 0],
        std=[1, 1, 1],
        crop="fov-v1",
        temperature={"*": 1.5, "a": 1.5, "b": 1.5},
    )
    assert probabilities(score, card) == pytest.approx(apply_temperature(score, 1.5, task), abs=1e-6)
