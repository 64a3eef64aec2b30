"""`fundusfm compare`: tables and figures from finished runs, and the refusal of runs that differ."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tests.report.conftest import write_run

from fundusfm import compare
from fundusfm.errors import ConfigError, EvaluationError, FundusFMError, RunFolderError

_LABELS = ("D", "G", "C")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks, one of them also fine-tuned, on one label and on three."""
    folder = tmp_path_factory.mktemp("compared")
    write_run(folder / "mine", strategy="imagenet+fundus")
    write_run(folder / "theirs", strategy="imagenet")
    write_run(folder / "mine_ff", strategy="imagenet+fundus", command="finetune")
    for name, strategy in (("mine_labels", "imagenet+fundus"), ("theirs_labels", "scratch")):
        write_run(folder / name, strategy=strategy, labels=_LABELS, task="multilabel")
    return folder


@pytest.fixture(scope="module")
def compared(runs: Path) -> tuple[Path, pd.DataFrame]:
    named = [
        f"{name}={runs / folder}"
        for name, folder in (
            ("theirs", "theirs"),
            ("mine", "mine"),
            ("mine", "mine_ff"),
            ("theirs", "theirs_labels"),
            ("mine", "mine_labels"),
        )
    ]
    return runs / "out", compare(runs=named, out=str(runs / "out"))


def test_the_table_has_a_row_per_network_and_method(compared: tuple[Path, pd.DataFrame]) -> None:
    out, numbers = compared
    table = (out / "tables" / "auroc_abnormal.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if line.startswith("| ") and "px" in line]
    assert [row.split()[1] for row in rows] == ["mine", "theirs", "mine"]
    assert "fine-tuning (FF), mobilenetv2_100, 160 px | 1200 (600) |" in rows[2]
    assert (numbers["training_photographs"] == 1200).all() and (numbers["training_patients"] == 600).all()
    assert "cross-validation | external: camera_b" in table
    assert "Δ +" in rows[0] and "p " in rows[0] and "Δ" not in rows[1] + rows[2]  # theirs was not fine-tuned
    auroc = numbers[(numbers["metric"] == "auroc") & numbers["fold"].isna() & (numbers["label"] == "abnormal")]
    best = auroc[auroc["set"] == "cv"]["value"].max()
    assert f"**{best:.3f}" in table


def test_a_network_has_one_colour_in_every_table_and_figure(runs: Path, tmp_path: Path) -> None:
    named = ["one=theirs", "two=mine", "two=mine_ff"]
    given = [f"{name}={runs / run}" for name, _, run in (entry.partition("=") for entry in named)]
    compare(runs=given, out=str(tmp_path / "out"))
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    rows = re.findall(r'background:(#\w+)" aria-hidden="true"></i>\s*<span class="value">(\w+)', page)
    colours = {name: {colour for colour, found in rows if found == name} for name in ("one", "two")}
    assert {name: len(found) for name, found in colours.items()} == {"one": 1, "two": 1}
    figure = (tmp_path / "out" / "figures" / "roc_abnormal_FF_cv.svg").read_text(encoding="utf-8")
    assert colours["two"].pop() in figure and colours["one"].pop() not in figure


def test_the_operating_point_of_the_further_metrics_is_named(compared: tuple[Path, pd.DataFrame]) -> None:
    folder = compared[0] / "tables"
    for suffix in ("md", "tex", "html"):
        assert "Youden" in (folder / f"metrics_abnormal.{suffix}").read_text(encoding="utf-8")
    numbers = pd.read_csv(folder / "metrics_abnormal.csv")
    points = numbers.groupby("metric")["operating_point"].first()
    assert points["kappa"] == "youden" and pd.isna(points["auroc"])


def test_differences_are_tested_by_patient_and_corrected(compared: tuple[Path, pd.DataFrame]) -> None:
    tested = pd.read_csv(compared[0] / "tables" / "labels_3-labels-D-G-C_LF.csv")
    found = tested[(tested["strategy"] == "mine") & (tested["set"] == "cv")]
    assert set(found["label"]) == {*_LABELS, "macro"} and found["p_holm"].notna().all()
    assert (found["p_holm"] >= found["p"]).all() and (found["patients"] == 60).all()


def test_every_form_of_a_table_and_figure_is_written(compared: tuple[Path, pd.DataFrame]) -> None:
    out = compared[0]
    for suffix in ("csv", "md", "tex", "html"):
        assert (out / "tables" / f"auroc_abnormal.{suffix}").stat().st_size
    for stem in ("intervals_abnormal", "roc_abnormal_LF_cv", "calibration_abnormal_FF_camera_b"):
        assert (out / "figures" / f"{stem}.svg").read_text(encoding="utf-8").startswith("<?xml")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Further metrics of abnormal" in page and "Holm" in page
    tex = (out / "tables" / "auroc_abnormal.tex").read_text(encoding="utf-8")
    assert r"\toprule" in tex and r"mobilenetv2\_100" in tex and tex.isascii()


@pytest.mark.parametrize("labels", [("abnormal",), _LABELS])
def test_a_network_that_was_trained_on_the_photographs_is_marked_and_never_the_best(
    labels: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = "eyes: the weights were trained on 150 of these 150 photographs: these are no results on unseen data"
    task = "binary" if len(labels) == 1 else "multilabel"
    for name, strategy, notes in (
        ("seen", "imagenet+fundus", [note]),
        ("mine", "imagenet", []),
        ("theirs", "scratch", []),
    ):
        write_run(tmp_path / name, strategy=strategy, labels=labels, task=task, more={"notes": notes})
    out = tmp_path / "out"
    numbers = compare(runs=[str(tmp_path / name) for name in ("mine", "theirs", "seen")], out=str(out))
    assert "WARNING" in (said := capsys.readouterr()).out + said.err and note in said.out + said.err
    assert set(numbers.loc[numbers["strategy"] == "seen", "warning"]) == {note}
    assert set(numbers.loc[numbers["strategy"] == "mine", "warning"]) == {""}
    tables = sorted((out / "tables").glob("*.md"))
    assert len(tables) == (2 if len(labels) == 1 else 3)
    for path in tables:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert any("seen †" in line for line in lines) and any(
            f"† seen (linear probe (LF)): {note}" in line for line in lines
        )
        assert not any(line.startswith("| seen †") and "**" in line for line in lines)
        tex = path.with_suffix(".tex").read_text(encoding="utf-8")
        assert r"seen $\dagger$" in tex and "no results on unseen data" in tex and tex.isascii()
        assert note in path.with_suffix(".html").read_text(encoding="utf-8")
        assert note in set(pd.read_csv(path.with_suffix(".csv"))["warning"])
    assert "**" in (out / "tables").glob("auroc_*.md").__next__().read_text(encoding="utf-8")
    assert note in pd.read_csv(out / "results.csv")["warning"].to_numpy()
    assert note in (out / "report.html").read_text(encoding="utf-8")


def test_another_reference(runs: Path, tmp_path: Path) -> None:
    compare(runs=[str(runs / "theirs"), str(runs / "mine")], reference="mine", out=str(tmp_path / "out"))
    table = (tmp_path / "out" / "tables" / "auroc_abnormal.md").read_text(encoding="utf-8")
    assert "against mine" in table and "Δ −" in table


def _moved(frame: pd.DataFrame) -> pd.DataFrame:
    first = frame["image"] == "cv/0.png"
    return frame.assign(fold=frame["fold"].where(~first, 4))


def _fewer(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["image"] != "camera_b/7.png"]


def _other_truth(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(truth=frame["truth"].where(frame["image"] != "cv/3.png", 1 - frame["truth"]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_moved, "1 photographs are in another fold, such as cv/0.png"),
        (_fewer, "external: camera_b: it lacks 1 photographs, such as camera_b/7.png"),
        (_other_truth, "1 photographs have another truth, such as cv/3.png"),
    ],
)
def test_runs_that_differ_are_refused(
    runs: Path, tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], told: str
) -> None:
    other = write_run(tmp_path / "other", strategy="imagenet", change=change)
    with pytest.raises(EvaluationError, match=told) as refused:
        compare(runs=[str(runs / "mine"), str(other)], out=str(tmp_path / "out"))
    assert refused.value.code == "E-EVALUATION-OTHER-ROWS" and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("given", "reference", "error", "told"),
    [
        (["mine", "mine"], None, ConfigError, "both called mine"),
        (["mine", "mine_labels"], None, ConfigError, "the only run of abnormal"),
        (["mine", "theirs"], "nobody", ConfigError, "there are mine, theirs"),
        (["mine", "nothing"], None, RunFolderError, "is not a folder"),
    ],
)
def test_what_cannot_be_compared(
    runs: Path, tmp_path: Path, given: list[str], reference: str | None, error: type[FundusFMError], told: str
) -> None:
    with pytest.raises(error, match=told):
        compare(runs=[str(runs / name) for name in given], reference=reference, out=str(tmp_path / "out"))
