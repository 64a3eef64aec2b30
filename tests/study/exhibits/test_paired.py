"""Tests against the reference: which cells are compared, and the correction for their number."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fundusfm.evaluation.paired import holm, is_least_p
from fundusfm.study.exhibits.paired import against_reference, reference_of
from fundusfm.study.matrix import Cell


def _run(folder: Path, strength: float, seed: int) -> Path:
    """A run folder whose scores follow the truth by a given strength."""
    folder.mkdir()
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 200).astype(float)
    score = 1 / (1 + np.exp(-(strength * (truth - 0.5) + np.random.default_rng(seed).normal(size=200))))
    images = [f"{number}.jpg" for number in range(200)]
    frame = pd.DataFrame(
        {"set": "cv", "dataset": "d", "image": images, "patient": images, "label": "abnormal",
         "fold": np.arange(200) % 2, "truth": truth, "score": score, "probability": score}
    )  # fmt: skip
    frame.to_parquet(folder / "predictions.parquet")
    return folder


def _cell(strategy: str, size: int = 32) -> Cell:
    return Cell("t", "LF", strategy, "b", size, 1.0, 0)  # type: ignore[arg-type]


def test_each_cell_meets_the_one_that_differs_in_strategy_only(tmp_path: Path) -> None:
    runs = {
        _cell("imagenet"): _run(tmp_path / "a", 1.0, 1),
        _cell("imagenet+fundus"): _run(tmp_path / "b", 4.0, 2),
        _cell("scratch"): _run(tmp_path / "c", 0.0, 3),
        _cell("fundus", size=64): _run(tmp_path / "d", 1.0, 4),
    }
    found = against_reference(runs, "imagenet").set_index("strategy")
    assert sorted(found.index) == ["imagenet+fundus", "scratch"]  # nothing of 64 px to compare `fundus` with
    assert found.loc["imagenet+fundus", "difference"] > 0 > found.loc["scratch", "difference"]
    assert found["p_holm"].tolist() == pytest.approx(holm(found["p"].tolist()))
    better = found.loc["imagenet+fundus"]
    assert is_least_p(better["p"]) and better["delong_p"] < 0.001


def test_nothing_to_compare_is_an_empty_table_with_its_columns(tmp_path: Path) -> None:
    found = against_reference({_cell("scratch"): _run(tmp_path / "a", 1.0, 1)}, "imagenet")
    assert found.empty
    assert {"strategy", "p_holm", "delong_p"} <= set(found.columns)


def test_the_reference_is_imagenet_where_it_was_run() -> None:
    assert reference_of({"scratch", "imagenet", "fundus"}) == "imagenet"
    assert reference_of({"scratch", "fundus"}) == "scratch"
    assert reference_of(["mine", "theirs"]) == "mine"


def test_weights_of_their_own_backbone_meet_the_reference_too(tmp_path: Path) -> None:
    runs = {
        _cell("imagenet"): _run(tmp_path / "a", 1.0, 1),
        Cell("t", "LF", "mine", "mine.pth", 32, 1.0, 0): _run(tmp_path / "b", 4.0, 2),
        Cell("t", "LF", "fundus", "other", 32, 1.0, 0): _run(tmp_path / "c", 1.0, 3),
    }
    found = against_reference(runs, "imagenet")
    assert found["strategy"].tolist() == ["mine"]
    assert found["p"].iloc[0] < 0.01 < found["low"].iloc[0]
