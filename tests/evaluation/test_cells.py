import numpy as np
import pytest

from fundusfm.evaluation.cells import count_cell, fold_cell, fold_count_cell, mean_defined, value_cell


def test_value_cell():
    assert value_cell(0.5, np.array([0.4, 0.6])) == pytest.approx({"value": 0.5, "low": 0.405, "high": 0.595})
    assert value_cell(float("nan"), np.array([0.4]), "no positive")["reason"] == "no positive"


def test_fold_cell_is_the_mean_of_the_folds_that_have_a_value():
    found = fold_cell({0: 0.6, 1: 0.8, 2: float("nan")}, np.array([0.7]), {2: "no positive among 9 images"})
    assert found["mean"] == pytest.approx(0.7) and found["std"] == pytest.approx(np.std([0.6, 0.8], ddof=1))
    assert found["reason"] == "mean over 2 of 3 folds (fold 2: no positive among 9 images)"


def test_fold_cell_without_any_value():
    found = fold_cell({0: float("nan")}, np.array([float("nan")]), {0: "no negative among 3 images"})
    assert np.isnan(found["mean"]) and found["reason"] == "fold 0: no negative among 3 images"


def test_one_fold_has_no_standard_deviation():
    assert np.isnan(fold_cell({0: 0.6}, np.array([0.5]), {})["std"])


def test_counts_are_exact():
    assert count_cell(5.0) == {"value": 5, "low": 5, "high": 5}
    found = fold_count_cell({0: 4.0, 1: 6.0})
    assert found["mean"] == found["low"] == found["high"] == 5 and found["total"] == 10


def test_mean_defined():
    assert mean_defined(np.array([[1, np.nan], [3, np.nan]])) == pytest.approx([2, np.nan], nan_ok=True)
