import numpy as np
import pytest

from fundusfm.evaluation.cells import (
    auroc_text,
    by_support,
    count_cell,
    fold_cell,
    fold_count_cell,
    folds_reason,
    macro_cell,
    mean_defined,
    spread,
    value_cell,
)
from fundusfm.evaluation.few import Counts
from fundusfm.models.card.results import Estimate

MANY = Counts(200, 200, 400, 200, 200)
DRAWS = np.random.default_rng(0).normal(0.7, 0.02, 500)


def test_a_value_comes_with_its_interval():
    found = value_cell("auroc", {"auroc": 0.7}, DRAWS, MANY)
    assert found.low == pytest.approx(0.66, abs=0.01) and found.high == pytest.approx(0.74, abs=0.01)
    assert found.reason is None and found.folds is None


def test_an_undefined_value_keeps_its_reason():
    found = value_cell("auroc", {"auroc": np.nan}, DRAWS, MANY, "no positive among 9 images")
    assert np.isnan([found.value, found.low]).all() and found.reason == "no positive among 9 images"


def test_one_patient_of_a_class_gives_no_number():
    found = value_cell("auroc", {"auroc": 1.0}, np.ones(9), Counts(1, 59, 60, 1, 59))
    assert np.isnan([found.value, found.low, found.high]).all() and "only 1 patient with a positive" in found.reason


def test_reasons_stand_together():
    few = Counts(4, 200, 204, 4, 200)
    found = value_cell("sensitivity", {"sensitivity": 0.75}, DRAWS, few, "judged at 0.5")
    assert found.reason == "only 4 patients with a positive image, fewer than 10: too few to rely on; judged at 0.5"
    assert "no interval" in value_cell("ece", {"ece": 0.1}, DRAWS, MANY).reason


def test_folds_that_lack_a_class_are_named():
    folds = {0: 0.6, 1: 0.8, 2: np.nan}
    found = fold_cell("auroc", {"auroc": 0.7}, folds, DRAWS, MANY, {2: "no positive among 9 images"})
    assert found.value == 0.7 and found.std == pytest.approx(np.std([0.6, 0.8], ddof=1))
    assert found.folds[:2] == (0.6, 0.8) and np.isnan(found.folds[2])
    assert found.reason == "mean over 2 of 3 folds (fold 2: no positive among 9 images)"
    assert folds_reason({0: np.nan}, {}) == "fold 0: undefined"


def test_one_fold_has_no_standard_deviation():
    assert np.isnan(spread({0: 0.6})) and spread({0: 0.6, 1: 0.8}) == pytest.approx(0.1414, abs=1e-4)


def test_counts_are_exact():
    assert count_cell(5.0) == Estimate(5, 5, 5)
    found = fold_count_cell({0: 4.0, 1: 6.0})
    assert found.value == found.low == found.high == 5 and found.total == found.count == 10


def test_a_mean_over_labels_of_few_patients_is_as_uncertain_as_its_labels():
    cells = {"a": Estimate(0.8, 0.7, 0.9), "b": Estimate(0.6, 0.2, 0.95), "c": Estimate(np.nan, reason="few")}
    found = macro_cell(cells, DRAWS, patients=3)
    assert (found.value, found.low, found.high) == pytest.approx((0.7, 0.45, 0.925))
    assert found.reason == "mean over 2 of 3 labels (undefined: c)"
    assert macro_cell(cells, DRAWS, patients=500).low == pytest.approx(0.66, abs=0.01)


def test_a_log_line_says_what_the_cell_says():
    assert auroc_text(Estimate(0.71234, 0.6, 0.8)) == "AUROC 0.7123 (95 % 0.6000 to 0.8000)"
    few = "only 2 patients with a positive image, fewer than 10: too few to rely on"
    assert auroc_text(Estimate(0.7, 0.6, 0.8, f"mean over 2 folds; {few}")) == (
        "only 2 patients with a positive image: AUROC 0.7000 cannot be relied on (95 % 0.6000 to 0.8000; mean over 2 "
        "folds)"
    )
    assert auroc_text(Estimate(np.nan, reason="no positive")) == "no AUROC: no positive"
    assert auroc_text(Estimate(0.7, 0.6, 0.8, "few", (0.7, 0.7), 0.0)).endswith(
        "0.7000 (SD over folds 0.0000, 95 % 0.6000 to 0.8000; few)"
    )


def test_mean_defined():
    assert mean_defined(np.array([[1, np.nan], [3, np.nan]])) == pytest.approx([2, np.nan], nan_ok=True)


def test_labels_are_ordered_by_what_stands_behind_them() -> None:
    counts = {label: {"n": Estimate(100.0), "positives": Estimate(number)} for label, number in
              (("rare", 2.0), ("even", 48.0), ("common", 90.0))}  # fmt: skip
    assert by_support(["rare", "unknown", "common", "even"], counts) == ["even", "common", "rare", "unknown"]
