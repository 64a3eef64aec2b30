"""Two segmenters on shared photographs: known differences, exact tests, and what cannot be compared."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fundusfm.errors import EvaluationError
from fundusfm.structures.scoring.compare import compare_segmenters


def _run(
    folder: Path, dice: list[float], *, images: list[str] | None = None, patients: list[str] | None = None
) -> Path:
    folder.mkdir()
    names = images or [f"{number}.png" for number in range(len(dice))]
    frame = pd.DataFrame({"set": "drive", "dataset": "drive", "image": names, "patient": patients or names, "fold": -1})
    frame.assign(dice=dice).to_parquet(folder / "images.parquet")
    return folder


def test_every_photograph_better_is_the_smallest_p_there_is(tmp_path: Path) -> None:
    worse = list(np.linspace(0.7, 0.8, 8))
    better = [value + 0.01 + place / 1000 for place, value in enumerate(worse)]
    (row,) = compare_segmenters(_run(tmp_path / "a", better), _run(tmp_path / "b", worse))
    assert row.difference == pytest.approx(0.0135)
    assert 0.01 <= row.low < row.difference < row.high <= 0.017
    assert row.p == pytest.approx(2 / 2**8)  # all signs equal: two of 256 arrangements are as extreme
    assert (row.images, row.patients) == (8, 8)


def test_structures_are_compared_apart(tmp_path: Path) -> None:
    runs = []
    for name, step in (("a", 0.01), ("b", 0.0)):
        run = _run(tmp_path / name, [0.7, 0.8, 0.7 + step, 0.8 + 2 * step], images=["0.png", "1.png"] * 2)
        rows = pd.read_parquet(run / "images.parquet").assign(label=["vessels"] * 2 + ["disc"] * 2)
        rows.to_parquet(run / "images.parquet")
        runs.append(run)
    vessels, disc = compare_segmenters(*runs)
    assert (vessels.label, vessels.difference) == ("vessels", 0)
    assert disc.label == "disc" and disc.difference == pytest.approx(0.015)


def test_a_run_does_not_differ_from_itself(tmp_path: Path) -> None:
    run = _run(tmp_path / "a", [0.7, 0.8, 0.75])
    (row,) = compare_segmenters(run, run)
    assert (row.difference, row.p) == (0, 1) and np.isnan([row.low, row.high]).all()


def test_eyes_of_a_patient_are_exchanged_together_and_only_shared_photographs_count(tmp_path: Path) -> None:
    patients = ["1", "1", "2", "2", "3", "3"]
    images = [f"{number}.png" for number in range(6)]
    a = _run(tmp_path / "a", [0.8] * 6, images=images, patients=patients)
    b = _run(tmp_path / "b", [0.7] * 4, images=images[:4], patients=patients[:4])
    (row,) = compare_segmenters(a, b)
    assert (row.images, row.patients) == (4, 2)
    assert row.p == pytest.approx(2 / 2**2)


def test_what_cannot_be_compared_is_a_sentence(tmp_path: Path) -> None:
    a = _run(tmp_path / "a", [0.8])
    with pytest.raises(EvaluationError, match="does not exist"):
        compare_segmenters(a, tmp_path / "none")
    with pytest.raises(EvaluationError, match="no scored photograph in common"):
        compare_segmenters(a, _run(tmp_path / "b", [0.8], images=["other.png"]))
    with pytest.raises(EvaluationError, match="no column auroc"):
        compare_segmenters(a, a, metric="auroc")
