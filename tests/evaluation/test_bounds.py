import numpy as np
import pytest
from scipy.stats import binomtest

from fundusfm.evaluation.bounds import NO_INTERVAL, bounds
from fundusfm.evaluation.few import ClassCounts, Counts

FEW = Counts(2, 58, 60, 2, 58)
MANY = Counts(300, 300, 600, 600, 600)
PERFECT = {"auroc": 1.0, "auprc": 1.0, "sensitivity": 1.0, "specificity": 1.0, "f1": 1.0, "balanced_accuracy": 1.0,
           "kappa": 1.0, "brier": 0.0, "prevalence": 0.5, "ece": 0.0}  # fmt: skip


@pytest.mark.parametrize("counts", [FEW, MANY])
@pytest.mark.parametrize("metric", [name for name in PERFECT if name not in NO_INTERVAL])
def test_no_interval_is_without_width_even_of_a_perfect_model(metric, counts):
    found = bounds(metric, PERFECT, counts, np.full(100, PERFECT[metric]))
    assert 0 <= found.low < found.high <= 1 and found.low <= PERFECT[metric] <= found.high


def test_two_positives_say_little_of_an_auroc():
    found = bounds("auroc", PERFECT, FEW, np.ones(100))
    assert found.high == 1 and 0.5 < found.low < 0.65


def test_many_patients_are_resampled():
    draws = np.random.default_rng(0).normal(0.8, 0.01, 2000)
    found = bounds("auroc", {"auroc": 0.8}, MANY, draws)
    assert (found.low, found.high) == pytest.approx((0.78, 0.82), abs=0.002)


def test_eyes_of_a_patient_that_agree_count_once():
    alike = np.random.default_rng(0).normal(0.9, np.sqrt(0.09 / 300), 5000)
    apart = np.random.default_rng(0).normal(0.9, np.sqrt(0.09 / 600), 5000)
    for draws, n in ((alike, 300), (apart, 600)):
        found = bounds("sensitivity", {"sensitivity": 0.9}, MANY, draws)
        expected = binomtest(round(0.9 * n), n).proportion_ci(0.95, method="exact")
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.003)


def test_average_precision_of_small_folds_is_as_uncertain_as_that_of_one_fold():
    whole, folds = Counts(20, 200, 220, 20, 200), Counts(20, 200, 220, 20, 200, folds=5)
    draws = np.linspace(0.5, 0.7, 100)
    widths = [bounds("auprc", {"auprc": 0.6}, counts, draws) for counts in (whole, folds)]
    assert widths[1].high - widths[1].low > 1.5 * (widths[0].high - widths[0].low)


def test_a_calibration_error_has_no_interval():
    assert np.isnan(bounds("ece", {"ece": 0.06}, MANY, np.linspace(0.06, 0.09, 100))[1:]).all()


def test_all_classes_together():
    few, draws = ClassCounts((3, 200, 200), 400, 400), np.random.default_rng(0).normal(0.7, 0.02, 1000)
    for metric in ("accuracy", "balanced_accuracy", "f1", "kappa"):
        found = bounds(metric, {metric: 0.7}, few, draws)
        assert 0 < found.low < 0.7 < found.high < 1
    rare, common = (
        bounds("balanced_accuracy", {"balanced_accuracy": 0.7}, ClassCounts((number, 200, 200), 400, 400), draws)
        for number in (3, 200)
    )
    assert rare.high - rare.low > 3 * (common.high - common.low)
