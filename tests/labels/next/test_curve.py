"""Learning curves, and where they lead."""

import numpy as np
import pytest

from fundusfm.data.manifest.labels import Targets
from fundusfm.labels.next.curve import _extended, learning_curve


def _draws(means: np.ndarray, spread: float) -> np.ndarray:
    shared = np.random.default_rng(0).normal(size=(1, 60)) * spread
    return means[:, None] + shared + np.random.default_rng(1).normal(size=(len(means), 60)) * spread / 5


def test_a_power_law_is_extended() -> None:
    sizes = np.array([40.0, 80, 160, 320, 640])
    means = 1 - (1.2 * sizes**-0.5 + 0.05)
    gain, refusal = _extended(sizes, means, _draws(means, 0.005), 200, 100)
    expected = 1.2 * (640**-0.5 - 840**-0.5)
    assert refusal == "" and gain is not None
    assert gain.value == pytest.approx(expected, rel=0.05) and gain.low < expected < gain.high


@pytest.mark.parametrize(
    ("means", "more", "why"),
    [
        ([0.8, 0.8, 0.8, 0.79, 0.78], 50, "does not rise"),
        ([0.6, 0.7, 0.75, 0.8, 0.82], 1000, "more than the 640 photographs"),
        ([np.nan, 0.7, 0.75, 0.8, 0.82], 50, "too small"),
    ],
)
def test_what_cannot_be_told_is_refused(means: list[float], more: int, why: str) -> None:
    values = np.array(means)
    gain, refusal = _extended(np.array([40.0, 80, 160, 320, 640]), values, _draws(values, 0.01), more, 100)
    assert gain is None and why in refusal


def test_a_curve_of_features_that_tell_the_label() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 100)
    features = (rng.normal(size=(100, 8)) + truth[:, None] * 0.6).astype(np.float32)
    targets = Targets(["abnormal"], truth[:, None].astype(np.float32), "binary", None, False)
    groups = np.array([f"patient:/{number // 2}" for number in range(100)], dtype=object)
    curve = learning_curve(features, targets, groups, more=50, seed=0)
    sizes = [point.photographs for point in curve.points]
    assert sizes == sorted(sizes) and sizes[-1] == 80
    assert curve.points[-1].auroc.value > 0.8 and curve.points[-1].auroc.low < curve.points[-1].auroc.value
    assert (curve.gain is None) == bool(curve.refusal)


def test_few_patients_are_refused() -> None:
    targets = Targets(["abnormal"], np.tile([[0.0], [1.0]], (10, 1)).astype(np.float32), "binary", None, False)
    groups = np.arange(20).astype(str).astype(object)
    curve = learning_curve(np.zeros((20, 4), np.float32), targets, groups, more=5, seed=0)
    assert curve.gain is None and "20 patients have labels; at least 40 are needed" in curve.refusal
