"""Scores of photographs as one number per set: means, folds, intervals, and their reasons where there is none."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from fundusfm.errors import EvaluationError
from fundusfm.structures.scoring.pixels import count_pixels
from fundusfm.structures.scoring.summary import summarise_structures


def _rows(names: str = "external", folds: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(10), 2)
    return pd.DataFrame(
        {
            "set": names,
            "label": "vessels",
            "image": [f"{number}.png" for number in range(20)],
            "patient": patients.astype(str),
            "fold": patients % folds if folds else -1,
            "dice": 0.8 + 0.05 * rng.normal(size=20),
            "mcc": [np.nan, *rng.random(19)],
        }
    )


def test_an_external_set_is_the_mean_over_images_with_an_interval_over_patients() -> None:
    rows = _rows()
    cell = summarise_structures(rows, seed=0).external["external"]["vessels"]
    assert cell["dice"].value == pytest.approx(rows["dice"].mean())
    assert cell["mcc"].value == pytest.approx(rows["mcc"].mean())
    error = rows.groupby("patient")["dice"].mean().std() / np.sqrt(10)
    assert cell["dice"].high - cell["dice"].low == pytest.approx(2 * t.ppf(0.975, 9) * error, rel=0.2)


def test_folds_are_averaged() -> None:
    rows = _rows("cv", folds=5)
    cell = summarise_structures(rows, seed=0).cv["vessels"]["dice"]
    per_fold = rows.groupby("fold")["dice"].mean()
    assert cell.folds == pytest.approx(per_fold.tolist())
    assert cell.value == pytest.approx(per_fold.mean()) and cell.std == pytest.approx(per_fold.std())
    assert cell.low < cell.value < cell.high


def test_a_metric_without_any_value_says_why() -> None:
    rows = _rows().assign(auroc=np.nan)
    cell = summarise_structures(rows, seed=0).external["external"]["vessels"]["auroc"]
    assert np.isnan(cell.value) and cell.reason


def test_one_patient_or_equal_photographs_have_no_interval() -> None:
    alone, equal = _rows().assign(patient="1"), _rows().assign(dice=0.8)
    for rows, reason in ((alone, "one patient"), (equal, "the same value")):
        cell = summarise_structures(rows, seed=0).external["external"]["vessels"]["dice"]
        assert 0 < cell.value < 1 and np.isnan([cell.low, cell.high]).all() and reason in cell.reason


def test_pooled_pixels_and_the_second_observer_stand_beside() -> None:
    rng = np.random.default_rng(1)
    rows = _rows()
    pixels = []
    for _ in range(20):
        truth = rng.random(500) < 0.1
        pixels.append(count_pixels(truth, 1 / (1 + np.exp(-(rng.normal(size=500) + 2 * truth)))))
    found = summarise_structures(rows, seed=0, pixels=pixels, second_observer=rows.iloc[:6])
    assert 0.85 < found.external["external"]["vessels"]["auroc_pooled"].low < 0.95
    assert found.second_observer["external"]["vessels"]["dice"].value == pytest.approx(rows["dice"][:6].mean())


def test_the_seed_decides_the_interval() -> None:
    first, again, other = (summarise_structures(_rows(), seed=seed).external for seed in (3, 3, 4))
    assert str(first) == str(again) != str(other)


def test_equal_patients_of_two_data_sets_are_two_patients() -> None:
    rows = _rows()
    alike = rows.assign(patient="1", dataset=[f"set{number}" for number in range(20)])
    cell = summarise_structures(alike, seed=0).external["external"]["vessels"]["dice"]
    assert cell.low < cell.value < cell.high


def test_a_damaged_table_is_refused() -> None:
    with pytest.raises(EvaluationError, match="lacks fold"):
        summarise_structures(_rows().drop(columns="fold"), seed=0)
    with pytest.raises(EvaluationError, match="no row"):
        summarise_structures(_rows().iloc[:0], seed=0)


def test_each_structure_is_summed_over_the_photographs_that_know_it() -> None:
    rows = _rows()
    disc = rows.iloc[:6].assign(label="disc", centre_error=0.2, dice=np.linspace(0.9, 0.95, 6))
    labels = summarise_structures(pd.concat([rows, disc], ignore_index=True), seed=0).external["external"]
    assert list(labels) == ["vessels", "disc"]
    assert (labels["vessels"]["n"].value, labels["disc"]["n"].value, labels["disc"]["patients"].value) == (20, 6, 3)
    assert labels["disc"]["dice"].value == pytest.approx(disc["dice"].mean())
    assert labels["disc"]["centre_error"].value == pytest.approx(0.2) and "centre_error" not in labels["vessels"]
    assert labels["vessels"] == summarise_structures(rows, seed=0).external["external"]["vessels"]
