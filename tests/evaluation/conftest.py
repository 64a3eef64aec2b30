"""Predictions made by hand or by a seed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest


def make_predictions(
    *,
    name: str = "cv",
    n: int = 120,
    labels: Sequence[str] = ("a", "b"),
    folds: int = 5,
    shift: float = 1.5,
    seed: int = 0,
    prevalence: float = 0.3,
) -> pd.DataFrame:
    """Predictions of two images per patient; patients stay in one fold, the truth depends on `seed` 0 only."""
    rng, noise = np.random.default_rng(0), np.random.default_rng(seed)
    patient = np.arange(n) // 2
    parts = []
    for label in labels:
        truth = (rng.random(n) < prevalence).astype(float)
        score = 1 / (1 + np.exp(-(truth * shift - shift / 2 + noise.normal(size=n))))
        parts.append(
            pd.DataFrame(
                {
                    "set": name,
                    "dataset": "d",
                    "image": [f"{index}.jpg" for index in range(n)],
                    "patient": patient.astype(str),
                    "label": label,
                    "fold": patient % folds if name == "cv" else -1,
                    "truth": truth,
                    "score": score,
                    "sex": np.where(patient % 2, "f", "m"),
                    "age": (20 + patient % 60).astype(str),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def make_multiclass(*, name: str = "cv", n: int = 150, classes: int = 3, seed: int = 0) -> pd.DataFrame:
    """One row per image and class, softmax scores."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n)
    logits = rng.normal(size=(n, classes))
    logits[np.arange(n), truth] += 1.5
    score = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return pd.DataFrame(
        [
            {
                "set": name,
                "dataset": "d",
                "image": f"{row}.jpg",
                "patient": str(row),
                "label": str(column),
                "fold": row % 5 if name == "cv" else -1,
                "truth": float(truth[row] == column),
                "score": score[row, column],
            }
            for column in range(classes)
            for row in range(n)
        ]
    )


@pytest.fixture
def predictions() -> pd.DataFrame:
    """Out-of-fold predictions of two labels and an external set of the same."""
    return pd.concat([make_predictions(), make_predictions(name="abroad", seed=3)], ignore_index=True)


@pytest.fixture
def multiclass() -> pd.DataFrame:
    """Out-of-fold predictions of three grades."""
    return make_multiclass()


@pytest.fixture
def multiclass_abroad() -> pd.DataFrame:
    """External predictions of the same grades."""
    return make_multiclass(name="abroad", seed=4)


@pytest.fixture
def rival() -> pd.DataFrame:
    """Another, worse run on the same images and truth as `predictions`."""
    return pd.concat(
        [make_predictions(shift=0.4, seed=7), make_predictions(name="abroad", shift=0.4, seed=8)], ignore_index=True
    )
