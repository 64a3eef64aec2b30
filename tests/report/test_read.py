"""A run folder as its files say it is."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fundusfm.errors import RunFolderError
from fundusfm.report.read import read_run, shared_unit

MakeRun = Callable[..., Path]


def test_a_run_knows_its_sets_and_labels(make_run: MakeRun) -> None:
    run = read_run(make_run(labels=["a", "b"], task="multilabel"))
    assert (run.sets, run.labels, run.unit) == (["cv", "camera_b"], ["a", "b"], "patients")
    assert (run.command, run.method, run.strategy) == ("probe", "LF", "imagenet+fundus")
    assert len(run.scored) == 240
    assert run.finished


def test_a_set_without_a_known_label_is_named(make_run: MakeRun) -> None:
    def blank(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["set"] == "camera_b", "truth"] = float("nan")
        return table

    run = read_run(make_run(change=blank))
    assert run.unknown_sets == ["camera_b"]
    assert run.sets == ["cv"]


def test_the_unit_is_the_photograph_where_no_patient_is_named(make_run: MakeRun) -> None:
    nameless = read_run(make_run(change=lambda table: table.assign(patient=""), external=()))
    named = read_run(make_run(external=()))
    assert nameless.unit == "photographs"
    assert shared_unit([nameless]) == "photographs"
    assert shared_unit([nameless, named]) == "patients"


def test_a_run_shows_itself_in_a_notebook(make_run: MakeRun) -> None:
    shown = read_run(make_run(labels=["<a>"], external=()))._repr_html_()
    assert "&lt;a&gt;" in shown


def test_a_run_names_itself_in_one_line(make_run: MakeRun, tmp_path: Path) -> None:
    run = read_run(make_run(labels=["dr"], external=()))
    assert repr(run).startswith(f"Run({str(run.path)!r}: ")
    assert ", AUROC" in repr(run) and " in cv 0." in repr(run)
    (tmp_path / "config.yaml").write_text("task: binary\n")
    assert repr(read_run(tmp_path)) == f"Run({str(tmp_path)!r}: run binary, not finished)"


def test_a_folder_whose_command_was_refused_before_it_began_is_said(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    with pytest.raises(RunFolderError, match="refused before it began"):
        read_run(tmp_path)
