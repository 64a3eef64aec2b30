"""Metrics of masks: known answers, scikit-learn's on random masks, published ones on real masks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef, recall_score

from fundusfm.errors import EvaluationError
from fundusfm.structures.photographs import read_structures
from fundusfm.structures.scoring.pixel_metrics import centreline_dice, mask_metrics, ranked_metrics, vessel_metrics

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
    found = vessel_metrics(_bar(10, 14), _bar(10, 14, 0, 20), FULL)
    assert found["dice"] == pytest.approx(2 / 3)
    assert (found["sensitivity"], found["specificity"]) == (0.5, 1.0)
    assert found["cldice"] == pytest.approx(2 / 3, abs=0.03)


def test_pixels_outside_the_field_of_view_count_for_nothing() -> None:
    fov = _bar(0, 20)
    noise = _bar(20, 40)
    assert mask_metrics(_bar(5, 8) | noise, _bar(5, 8), fov)["dice"] == 1
    assert vessel_metrics(_bar(5, 8), _bar(5, 8) | noise, fov)["cldice"] == 1


def test_cldice_forgives_thickness_and_not_gaps() -> None:
    thin, thick = _bar(18, 21), _bar(16, 23)
    gap = thin & ~_bar(0, 40, 16, 24)
    assert centreline_dice(thin, thick) > 0.95 > 2 * thin.sum() / (thin.sum() + thick.sum())
    assert centreline_dice(thin, gap) < 0.92


def test_an_empty_truth_measures_no_overlap() -> None:
    found = vessel_metrics(np.zeros((40, 40), bool), _bar(0, 4), FULL)
    assert {name for name, value in found.items() if not np.isnan(value)} == {"specificity", "accuracy"}


def test_an_empty_prediction_is_worth_nothing() -> None:
    found = vessel_metrics(_bar(5, 8), np.zeros((40, 40), bool), FULL)
    assert (found["dice"], found["cldice"], found["mcc"], found["sensitivity"]) == (0, 0, 0, 0)


def test_probabilities_are_ranked() -> None:
    truth = _bar(10, 14)
    found, counts = ranked_metrics(truth, np.where(truth, 0.4, 0.1).astype(np.float32), FULL)
    assert found == {"auroc": 1, "auprc": 1}
    assert counts.positive.sum() == 160 and counts.negative.sum() == 1440


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
        ranked_metrics(_bar(1, 4), probability, fov)


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
