"""Curves against scikit-learn, their bands, and reliability bins."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from fundusfm.report.curves import GRID, curve, reliability, row_groups


def rows(count: int = 400, *, folds: int = 0, decimals: int = 6, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    truth = (random.random(count) < 0.3).astype(float)
    score = np.clip(0.3 * truth + 0.7 * random.random(count), 0, 1).round(decimals)
    fold = np.arange(count) % folds if folds else np.full(count, -1)
    return pd.DataFrame(
        {
            "truth": truth,
            "score": score,
            "probability": score,
            "fold": fold,
            "patient": (np.arange(count) // 2).astype(str),
        }
    )


@pytest.mark.parametrize("decimals", [6, 1])
def test_roc_matches_scikit_learn(decimals: int) -> None:
    table = rows(decimals=decimals)
    false_positive, true_positive, _ = sk.roc_curve(table["truth"], table["score"], drop_intermediate=False)
    found = curve(table, "roc", name="a", repeats=20)
    assert found is not None
    np.testing.assert_allclose(found.y, np.interp(GRID, false_positive, true_positive))


@pytest.mark.parametrize("decimals", [6, 1])
def test_precision_is_that_of_the_next_reached_recall(decimals: int) -> None:
    table = rows(decimals=decimals)
    precision, recall, _ = sk.precision_recall_curve(table["truth"], table["score"])
    found = curve(table, "pr", name="a", repeats=20)
    assert found is not None
    for place in (10, 50, 77, 100):
        reached = recall >= GRID[place] - 1e-12
        assert found.y[place] == pytest.approx(precision[reached][-1])


@pytest.mark.parametrize("kind", ["roc", "pr"])
def test_bootstrap_band_holds_the_curve_and_is_wider_for_pairs_than_for_images(kind: str) -> None:
    table = rows()
    doubled = pd.concat([table, table], ignore_index=True)  # the same images twice add nothing that is new
    narrow, wide = (
        curve(doubled.assign(patient=patient), kind, name="a", repeats=100)  # type: ignore[arg-type]
        for patient in ([""] * 800, [str(number % 400) for number in range(800)])
    )
    assert narrow is not None
    assert wide is not None
    assert np.mean((wide.low <= wide.y + 1e-9) & (wide.y <= wide.high + 1e-9)) > 0.95
    assert np.mean(wide.high - wide.low) > 1.2 * np.mean(narrow.high - narrow.low)


def test_folds_give_mean_and_deviation() -> None:
    found = curve(rows(folds=5), "roc", name="a")
    assert found is not None
    assert sorted(found.folds) == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(found.y, np.mean(list(found.folds.values()), axis=0))
    assert found.band == "mean ± SD over 5 folds"


def test_one_class_has_no_curve() -> None:
    assert curve(rows().assign(truth=1.0), "roc", name="a") is None
    assert curve(rows().assign(truth=np.nan), "pr", name="a") is None


def test_unknown_truths_do_not_count() -> None:
    table = rows()
    table.loc[:99, "truth"] = np.nan
    found, expected = (curve(part, "roc", name="a", repeats=10) for part in (table, table.iloc[100:]))
    assert found is not None
    assert expected is not None
    np.testing.assert_array_equal(found.y, expected.y)


def test_rows_without_patient_are_patients_of_their_own() -> None:
    assert len(set(row_groups(pd.Series(["a", "", "a", "", None])))) == 4


def test_reliability_of_calibrated_scores_is_near_the_diagonal() -> None:
    random = np.random.default_rng(0)
    score = random.random(5000)
    table = pd.DataFrame({"score": score, "truth": (random.random(5000) < score).astype(float)})
    bins = reliability(table, "score")
    assert len(bins) == 10
    assert bins["count"].sum() == 5000
    assert ((bins["low"] <= bins["predicted"]) & (bins["predicted"] <= bins["high"])).mean() >= 0.8
    assert (np.abs(bins["predicted"] - bins["observed"]) < 0.07).all()


def test_reliability_of_few_or_equal_scores() -> None:
    assert len(reliability(pd.DataFrame({"score": [0.5] * 30, "truth": [0.0, 1.0] * 15}), "score")) <= 1
    assert reliability(pd.DataFrame({"score": [0.5], "truth": [np.nan]}), "score").empty


def test_few_positive_patients_have_no_band() -> None:
    rows = pd.DataFrame(
        {
            "truth": [1.0, 1.0, *[0.0] * 40],
            "score": np.linspace(1, 0, 42),
            "fold": -1,
            "patient": [str(n) for n in range(42)],
        }
    )
    found = curve(rows, "roc", name="few")
    assert found is not None and np.isnan(found.low).all() and found.band == "no band: fewer than 10 of a class"
