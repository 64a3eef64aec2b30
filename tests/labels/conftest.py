"""Runs whose labels are wrong in known places."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

PEOPLE = 100
WRONG = tuple(range(0, 200, 10))
"""Photographs whose label is wrong, one in ten."""


def predictions(labels: list[str], *, wrong: tuple[int, ...] = WRONG, seed: int = 0) -> pd.DataFrame:
    """Out-of-fold scores of both eyes of a hundred people: scores follow the truth, the table errs in places."""
    rng = np.random.default_rng(seed)
    parts = []
    for label in labels:
        truth = (rng.random(2 * PEOPLE) < 0.4).astype(float)
        score = 1 / (1 + np.exp(-(4 * truth - 2 + rng.normal(size=len(truth)))))
        given = truth.copy()
        given[list(wrong)] = 1 - given[list(wrong)]
        people = np.arange(2 * PEOPLE) // 2
        parts.append(pd.DataFrame({
            "set": "cv", "dataset": "made", "image": [f"images/{place}.png" for place in range(2 * PEOPLE)],
            "patient": people.astype(str), "eye": np.where(np.arange(2 * PEOPLE) % 2, "right", "left"), "label": label,
            "fold": people % 5, "truth": given, "score": score, "probability": score, "threshold@youden": 0.5,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Writes run folders."""

    def make(table: pd.DataFrame, **config: Any) -> Path:
        run = tmp_path / "run"
        run.mkdir()
        table.to_parquet(run / "predictions.parquet", index=False)
        settings = {"task": "multilabel", "labels": sorted(set(table["label"])), **config}
        (run / "config.yaml").write_text(yaml.safe_dump(settings))
        return run

    return make
