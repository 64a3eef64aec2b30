import numpy as np
import pytest
from tests.evaluation.conftest import make_predictions

from fundusfm.evaluation.evidence import draws as draws_module
from fundusfm.evaluation.evidence.draws import Draws
from fundusfm.evaluation.table import PredictionTable, table


def plain_draws(patients: np.ndarray, *, repeats: int) -> Draws:
    """Resamples of patients without anything else."""
    none = np.empty((len(patients), 0))
    predictions = make_predictions(name="camera", n=len(patients), labels=["a"])
    images = predictions.reset_index(drop=True)
    part = PredictionTable("camera", [], images, patients, np.full(len(patients), -1), none, none, none, {})
    return Draws(part, repeats=repeats, seed=0)


def test_draws_that_are_not_kept_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    part = table(make_predictions(n=120), "cv")
    kept = Draws(part, repeats=40, seed=3).collect(lambda weights: weights)
    monkeypatch.setattr(draws_module, "_MOST_KEPT", 0)
    anew = Draws(part, repeats=40, seed=3)
    assert np.array_equal(anew.collect(lambda weights: weights), kept)
    assert np.array_equal(anew.collect(lambda weights: weights.sum(axis=0)), kept.sum(axis=0))
    assert kept.shape == (120, 40)


def test_both_images_of_a_patient_are_drawn_together() -> None:
    found = plain_draws(np.arange(60) // 2, repeats=20).collect(lambda weights: weights)
    assert np.array_equal(found[::2], found[1::2]) and (found.sum(axis=0) == 60).all()
