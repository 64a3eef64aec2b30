"""Metrics of segmented vessels: known answers, scikit-learn's on random masks, published ones on real masks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef, recall_score

from fundusfm.errors import EvaluationError
from fundusfm.structures.photographs import read_structures
from fundusfm.structures.scoring.metrics import centreline_dice, mask_metrics, summarise_vessels, vessel_metrics
from fundusfm.structures.scoring.pixels import count_pixels

FULL = np.ones((40, 40), bool)


def _bar(top: int, bottom: int, left: int = 0, right: int = 40) -> np.ndarray:
    mask = np.zeros((40, 40), bool)
    mask[top:bottom, left:right] = True
    return mask


@given(st.integers(0, 1000), st.floats(0.02, 0.9))
@settings(max_examples=30)
def test_the_usual_metrics_are_those_of_scikit_learn(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    truth, predicted, fov = rng.random((3, 40, 40)) < np.array([0.2, share, 0.7])[:, None, None]
    found = mask_metrics(truth, predicted, fov)
    pair = truth[fov], predicted[fov]
    assert found["dice"] == pytest.approx(f1_score(*pair))
    assert found["mcc"] == pytest.approx(matthews_corrcoef(*pair))
    assert found["sensitivity"] == pytest.approx(recall_score(*pair))
    assert found["specificity"] == pytest.approx(recall_score(*pair, pos_label=0))
    assert found["accuracy"] == pytest.approx(accuracy_score(*pair))


def test_half_of_a_bar() -> None:
    found = mask_metrics(_bar(10, 14), _bar(10, 14, 0, 20), FULL)
    assert found["dice"] == pytest.approx(2 / 3)
    assert (found["sensitivity"], found["specificity"]) == (0.5, 1.0)
    assert found["cldice"] == pytest.approx(2 / 3, abs=0.03)


def test_pixels_outside_the_field_of_view_count_for_nothing() -> None:
    fov = _bar(0, 20)
    noise = _bar(20, 40)
    assert mask_metrics(_bar(5, 8) | noise, _bar(5, 8), fov)["dice"] == 1
    assert mask_metrics(_bar(5, 8), _bar(5, 8) | noise, fov)["cldice"] == 1


def test_cldice_forgives_thickness_and_not_gaps() -> None:
    thin, thick = _bar(18, 21), _bar(16, 23)
    gap = thin & ~_bar(0, 40, 16, 24)
    assert centreline_dice(thin, thick) > 0.95 > 2 * thin.sum() / (thin.sum() + thick.sum())
    assert centreline_dice(thin, gap) < 0.92


def test_an_empty_truth_measures_no_overlap() -> None:
    found = mask_metrics(np.zeros((40, 40), bool), _bar(0, 4), FULL)
    assert {name for name, value in found.items() if not np.isnan(value)} == {"specificity", "accuracy"}


def test_an_empty_prediction_is_worth_nothing() -> None:
    found = mask_metrics(_bar(5, 8), np.zeros((40, 40), bool), FULL)
    assert (found["dice"], found["cldice"], found["mcc"], found["sensitivity"]) == (0, 0, 0, 0)


def test_probabilities_are_ranked_and_cut() -> None:
    truth = _bar(10, 14)
    probability = np.where(truth, 0.4, 0.1).astype(np.float32)
    found = vessel_metrics(truth, probability, FULL, threshold=0.3)
    assert found["auroc"] == found["auprc"] == found["dice"] == 1
    assert vessel_metrics(truth, probability, FULL, threshold=0.5)["dice"] == 0


@pytest.mark.parametrize(
    ("probability", "fov", "said"),
    [
        (np.zeros((40, 41)), FULL, "differ in size"),
        (np.zeros((40, 40)), ~FULL, "field of view is empty"),
        (np.full((40, 40), 3.0), FULL, "from 3.0 to 3.0"),
        (np.full((40, 40), np.nan), FULL, "from nan"),
    ],
)
def test_what_does_not_fit_is_refused(probability: np.ndarray, fov: np.ndarray, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        vessel_metrics(_bar(1, 4), probability, fov, threshold=0.5)


def _rows(names: str = "external", folds: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(10), 2)
    return pd.DataFrame(
        {
            "set": names,
            "image": [f"{number}.png" for number in range(20)],
            "patient": patients.astype(str),
            "fold": patients % folds if folds else -1,
            "dice": 0.8 + 0.05 * rng.normal(size=20),
            "mcc": [np.nan, *rng.random(19)],
        }
    )


def test_an_external_set_is_the_mean_over_images_with_an_interval_over_patients() -> None:
    rows = _rows()
    cell = summarise_vessels(rows, seed=0).external["external"]["vessels"]
    assert cell["dice"].value == pytest.approx(rows["dice"].mean())
    assert cell["mcc"].value == pytest.approx(rows["mcc"].mean())
    error = rows.groupby("patient")["dice"].mean().std() / np.sqrt(10)
    assert cell["dice"].high - cell["dice"].low == pytest.approx(2 * t.ppf(0.975, 9) * error, rel=0.2)


def test_folds_are_averaged() -> None:
    rows = _rows("cv", folds=5)
    cell = summarise_vessels(rows, seed=0).cv["vessels"]["dice"]
    per_fold = rows.groupby("fold")["dice"].mean()
    assert cell.folds == pytest.approx(per_fold.tolist())
    assert cell.value == pytest.approx(per_fold.mean()) and cell.std == pytest.approx(per_fold.std())
    assert cell.low < cell.value < cell.high


def test_a_metric_without_any_value_says_why() -> None:
    rows = _rows().assign(auroc=np.nan)
    cell = summarise_vessels(rows, seed=0).external["external"]["vessels"]["auroc"]
    assert np.isnan(cell.value) and cell.reason


def test_one_patient_or_equal_photographs_have_no_interval() -> None:
    alone, equal = _rows().assign(patient="1"), _rows().assign(dice=0.8)
    for rows, reason in ((alone, "one patient"), (equal, "the same value")):
        cell = summarise_vessels(rows, seed=0).external["external"]["vessels"]["dice"]
        assert 0 < cell.value < 1 and np.isnan([cell.low, cell.high]).all() and reason in cell.reason


def test_pooled_pixels_and_the_second_observer_stand_beside() -> None:
    rng = np.random.default_rng(1)
    rows = _rows()
    pixels = []
    for _ in range(20):
        truth = rng.random(500) < 0.1
        pixels.append(count_pixels(truth, 1 / (1 + np.exp(-(rng.normal(size=500) + 2 * truth)))))
    found = summarise_vessels(rows, seed=0, pixels=pixels, second_observer=rows.iloc[:6])
    assert 0.85 < found.external["external"]["vessels"]["auroc_pooled"].low < 0.95
    assert found.second_observer["external"]["vessels"]["dice"].value == pytest.approx(rows["dice"][:6].mean())


def test_the_seed_decides_the_interval() -> None:
    first, again, other = (summarise_vessels(_rows(), seed=seed).external for seed in (3, 3, 4))
    assert str(first) == str(again) != str(other)


def test_equal_patients_of_two_data_sets_are_two_patients() -> None:
    rows = _rows()
    alike = rows.assign(patient="1", dataset=[f"set{number}" for number in range(20)])
    cell = summarise_vessels(alike, seed=0).external["external"]["vessels"]["dice"]
    assert cell.low < cell.value < cell.high


def test_a_damaged_table_is_refused() -> None:
    with pytest.raises(EvaluationError, match="lacks fold"):
        summarise_vessels(_rows().drop(columns="fold"), seed=0)
    with pytest.raises(EvaluationError, match="no row"):
        summarise_vessels(_rows().iloc[:0], seed=0)


@pytest.mark.real
@pytest.mark.parametrize(("name", "first", "published"), [("drive", 20, 0.788), ("chase_db1", 20, 0.768)])
def test_second_observers_reach_what_is_published(real_folder: Path, name: str, first: int, published: float) -> None:
    # Laibacher and Anjos (bob.ip.binseg): DRIVE's test part 0.788, CHASE_DB1's first twenty photographs 0.768, the
    # latter over the full frame, which costs 0.001.
    manifest = str(real_folder / "vessels" / name / "manifest.csv")
    images = read_structures(manifest, select="second_observer != ''", need_masks=True, log=print)[:first]
    scores = []
    for image in images:
        loaded = image.load()
        assert loaded.second_observer is not None
        scores.append(mask_metrics(loaded.drawn["vessels"], loaded.second_observer, loaded.fov)["dice"])
    assert np.mean(scores) == pytest.approx(published, abs=0.002)
