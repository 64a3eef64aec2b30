import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.classification import binary_calibration_error

from fundusfm.evaluation.metrics import binary_metrics, expected_calibration_error, multiclass_metrics, undefined_reason

TRUTH = [0, 0, 0, 0, 1, 1, 1, 0, 1, np.nan]
SCORE = [0.1, 0.2, 0.3, 0.6, 0.4, 0.7, 0.9, 0.7, 0.05, 0.99]


def test_known_values():
    found = binary_metrics(TRUTH, SCORE, threshold=0.5)
    # Ranked pairs: 0.4 beats 3 of 5, 0.7 beats 4 and ties one, 0.9 beats 5, 0.05 beats none.
    assert found["auroc"] == pytest.approx((3 + 4.5 + 5 + 0) / 20)
    assert found["sensitivity"] == 2 / 4 and found["specificity"] == 3 / 5
    assert found["balanced_accuracy"] == pytest.approx((0.5 + 0.6) / 2)
    assert found["f1"] == pytest.approx(2 * 2 / (2 * 2 + 2 + 2))
    assert found["kappa"] == pytest.approx((5 / 9 - 41 / 81) / (1 - 41 / 81))
    assert found["n"] == 9 and found["positives"] == 4 and found["prevalence"] == pytest.approx(4 / 9)
    assert found["brier"] == pytest.approx(np.mean((np.array(SCORE[:9]) - np.array(TRUTH[:9])) ** 2))
    # Precision at each hit, from the top: 1/1, 2/3 (two tie at 0.7), 3/5, 4/9.
    assert found["auprc"] == pytest.approx((1 + 2 / 3 + 3 / 5 + 4 / 9) / 4)


def test_threshold_is_positive_at_equality():
    assert binary_metrics([0, 1], [0.2, 0.5], threshold=0.5)["sensitivity"] == 1


def test_thresholds_may_differ_by_row():
    found = binary_metrics([1, 1, 0, 0], [0.5, 0.5, 0.4, 0.4], threshold=[0.4, 0.6, 0.3, 0.5])
    assert found["sensitivity"] == 0.5 and found["specificity"] == 0.5


def test_further_points_are_named():
    found = binary_metrics([1, 0], [0.6, 0.4], threshold=0.5, points={"sensitivity_0.95": 0.1})
    assert found["sensitivity@sensitivity_0.95"] == 1 and found["specificity@sensitivity_0.95"] == 0
    assert "kappa@sensitivity_0.95" not in found


@pytest.mark.parametrize(
    ("truth", "defined", "undefined"),
    [
        ([0, 0], {"specificity", "brier", "ece", "prevalence"}, {"auroc", "auprc", "sensitivity", "f1", "kappa"}),
        ([1, 1], {"sensitivity", "f1", "brier"}, {"auroc", "auprc", "specificity", "balanced_accuracy", "kappa"}),
        ([np.nan, np.nan], {"n"}, {"auroc", "auprc", "sensitivity", "specificity", "brier", "ece", "prevalence"}),
    ],
)
def test_an_absent_class_gives_nan_and_its_reason(truth, defined, undefined):
    found = binary_metrics(truth, [0.3, 0.6], threshold=0.5)
    for metric in undefined:
        assert np.isnan(found[metric]), metric
        assert undefined_reason(metric, found)
    for metric in defined:
        assert not np.isnan(found[metric]), metric
        assert undefined_reason(metric, found) is None


def test_without_threshold_only_decisions_are_undefined():
    found = binary_metrics([0, 1], [0.3, 0.6], threshold=None)
    assert np.isnan(found["f1"]) and found["auroc"] == 1


def test_reasons_count():
    assert undefined_reason("auroc", {"n": 40, "positives": 0}) == "no positive among 40 images"
    assert undefined_reason("specificity@x", {"n": 3, "positives": 3}) == "no negative among 3 images"


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=4, max_size=40), st.floats(0.3, 4))
def test_auroc_does_not_change_with_a_monotone_transform(rows, power):
    truth, score = np.array([row[0] for row in rows], float), np.round([row[1] for row in rows], 3)
    before, after = (binary_metrics(truth, values, threshold=0.5)["auroc"] for values in (score, score**power))
    assert (np.isnan(before) and np.isnan(after)) or before == pytest.approx(after)


def test_calibration_error_is_that_of_torchmetrics():
    rng = np.random.default_rng(0)
    truth, probability = (rng.random(300) < 0.4).astype(float), rng.random(300)
    expected = binary_calibration_error(torch.from_numpy(probability), torch.from_numpy(truth).long(), n_bins=15)
    assert expected_calibration_error(truth, probability) == pytest.approx(float(expected), abs=1e-6)


def test_multiclass_kappa_is_quadratic_only_for_grades():
    truth, near, far = [0, 1, 2, 2], [0, 1, 2, 1], [0, 1, 2, 0]
    plain = [multiclass_metrics(truth, called, classes=3, ordered=False)["kappa"] for called in (near, far)]
    quadratic = [multiclass_metrics(truth, called, classes=3, ordered=True)["kappa"] for called in (near, far)]
    assert plain[0] == pytest.approx(plain[1])
    assert quadratic[0] > quadratic[1]


def test_multiclass_accuracies():
    found = multiclass_metrics([0, 0, 0, 1], [0, 0, 1, 1], classes=3, ordered=False)
    assert found["accuracy"] == 0.75 and found["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    assert found["f1"] == pytest.approx((0.8 + 2 / 3) / 2)


def test_multiclass_of_one_class_or_none():
    one = multiclass_metrics([1, 1], [1, 0], classes=2, ordered=True)
    assert one["accuracy"] == 0.5 and np.isnan(one["kappa"]) and np.isnan(one["f1"])
    assert np.isnan(multiclass_metrics([], [], classes=2, ordered=True)["accuracy"])
