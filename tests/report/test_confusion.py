"""The confusion matrix: counts, order of the classes, what is left out, and the figure."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fundusfm.report.confusion import Confusion, confusion, confusion_figure
from fundusfm.report.read import read_run
from fundusfm.report.run_report import write_run_report
from fundusfm.report.save import figure_png

MakeRun = Callable[..., Path]
GRADES = ["10", "2", "0"]


@pytest.fixture(scope="module")
def run(make_run: MakeRun) -> Path:
    """A multiclass run in which some photographs have no truth."""

    def blank(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["image"].str.endswith("/7.png"), "truth"] = float("nan")
        return table

    return make_run(labels=GRADES, task="multiclass", change=blank)


def test_counts_are_those_of_the_predictions(run: Path) -> None:
    found = confusion(read_run(run), "cv")
    assert found is not None
    predictions = pd.read_parquet(run / "predictions.parquet").query("set == 'cv'")
    truth = predictions.pivot(index="image", columns="label", values="truth").dropna()
    score = predictions.pivot(index="image", columns="label", values="score").loc[truth.index]
    expected = pd.crosstab(truth.idxmax(axis=1), score.idxmax(axis=1)).reindex(
        ["0", "2", "10"], columns=["0", "2", "10"]
    )
    assert list(found.classes) == ["0", "2", "10"], "grades stand in the order of their numbers"
    assert found.counts.tolist() == expected.fillna(0).to_numpy().tolist()
    assert found.counts.sum() == 119


def test_shares_are_of_the_true_class() -> None:
    matrix = Confusion(["a", "b", "c"], np.array([[3, 1, 0], [0, 0, 0], [1, 0, 1]]))
    assert matrix.shares[0].tolist() == [0.75, 0.25, 0.0]
    assert np.isnan(matrix.shares[1]).all()
    assert matrix.accuracy == pytest.approx(4 / 6)
    assert matrix.frame().iloc[1].to_dict() == {"truth": "a", "predicted": "b", "count": 1, "share": 0.25}


def test_report_shows_it(run: Path, make_run: MakeRun) -> None:
    page = write_run_report(run).read_text()
    assert "Confusion matrix, cross-validation" in page
    assert "Confusion matrix, external: camera_b" in page
    assert pd.read_csv(run / "figures" / "confusion_cv.csv")["count"].sum() == 119


def test_only_multiclass_tasks_have_one(make_run: MakeRun) -> None:
    other = read_run(make_run(labels=["a", "b"], task="multilabel", external=()))
    assert confusion(other, "cv") is None


@pytest.mark.parametrize("classes", [2, 39])
def test_figure_of_few_and_of_many_classes(classes: int) -> None:
    names = [f"$class {index} with a name that is far too long for an axis" for index in range(classes)]
    figure = confusion_figure(Confusion(names, np.eye(classes, dtype=np.int64) * 3), title="Confusion matrix")
    assert figure_png(figure).startswith(b"\x89PNG")
