"""Vessels in a study: cells, tables and the figure of fractions, from manifests to the report."""

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.study.conftest import WriteStudy

import fundusfm
from fundusfm.errors import ConfigError
from fundusfm.study.jobs import make_jobs
from fundusfm.study.matrix import expand
from fundusfm.study.spec import read_spec

_SEGMENT = {"decoder": "linknet", "patch": 32, "patches": 1, "epochs": 1, "workers": 0, "precision": "32-true"}
_VESSELS = {
    "vessels": {"drawn": {"data": "inside", "external": ["outside"]}},
    "upstream": {"data": ["inside"], "labels": ["abnormal"]},
    "pretraining": {"options": {"epochs": 1, "workers": 0}},
    "segment": _SEGMENT,
    "matrix": {
        "strategies": ["scratch", "fundus"],
        "backbones": ["test_resnet"],
        "sizes": [64],
        "blocks": [{"methods": ["FF"], "tasks": ["drawn"], "fractions": [0.5, 1.0]}],
    },
}


@pytest.mark.slow
def test_a_study_of_vessels_ends_in_its_tables_and_figure(write_study: WriteStudy, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fundusfm.study(spec=str(write_study(**_VESSELS)), out=str(out), jobs=1)
    cells = pd.read_parquet(out / "cells.parquet")
    assert set(cells["status"]) == {"done"}
    dice = cells[(cells["metric"] == "dice") & cells["fold"].isna() & (cells["fraction"] == 1)]
    assert sorted(zip(dice["strategy"], dice["set"], strict=True)) == [
        ("fundus", "cv"), ("fundus", "outside"), ("scratch", "cv"), ("scratch", "outside"),
    ]  # fmt: skip
    run = out / "cells/drawn/FF-fundus-test_resnet-64px-100pct-seed0"
    metrics = json.loads((run / "metrics.json").read_text())
    outside = dice[(dice["strategy"] == "fundus") & (dice["set"] == "outside")]["value"].item()
    assert outside == pytest.approx(metrics["external"]["outside"]["vessels"]["dice"]["value"])
    table = (out / "tables" / "table-4-drawn-vessels.md").read_text(encoding="utf-8")
    assert "Dice" in table
    assert "permutation test" in table
    assert "clDice" in (out / "tables" / "table-5-drawn.md").read_text(encoding="utf-8")
    figure = out / "figures" / "figure-4-drawn-FF-test_resnet-64px"
    assert sorted(pd.read_csv(figure.with_suffix(".csv"))["percent"].unique()) == [50, 100]
    assert figure.with_suffix(".png").exists()
    assert "label-saving-vessels" in {path.stem for path in (out / "tables").glob("*.md")}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Table 4. Drawn (vessels)" in page
    assert "Task drawn: vessels on inside, 2 folds; external sets, which tune nothing: outside." in page


def test_cells_of_vessels_are_those_of_blocks_that_name_them(write_study: WriteStudy, tmp_path: Path) -> None:
    matrix = _VESSELS["matrix"] | {"blocks": [{"methods": ["LF"]}]}  # type: ignore[operator]
    spec = read_spec(str(write_study(**_VESSELS | {"matrix": matrix})))
    assert {cell.task for cell in expand(spec)} == {"abnormality"}


def test_a_protocol_takes_the_place_of_folds(write_study: WriteStudy, tmp_path: Path) -> None:
    path = write_study(**_VESSELS | {"vessels": {"drawn": {"data": "inside", "protocol": "drive"}}})
    jobs = [job for job in make_jobs(read_spec(str(path)), tmp_path) if job.kind == "segment"]
    assert {(job.call.config.protocol, job.call.config.folds) for job in jobs} == {("drive", 0)}
    assert all(job.call.config.data[0].startswith("inside=") for job in jobs)


@pytest.mark.parametrize(
    ("vessels", "sentence"),
    [
        ({"drawn": {"data": "inside", "protocol": "drove"}}, "there is no protocol drove; there are drive, "),
        ({"abnormality": {"data": "inside"}}, "vessels.abnormality: a task of that name"),
        ({"drawn": {"data": "elsewhere"}}, "vessels.drawn names the data set elsewhere"),
    ],
)
def test_faults_are_sentences(write_study: WriteStudy, vessels: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_spec(str(write_study(**_VESSELS | {"vessels": vessels})))


def test_a_dry_run_knows_what_vessels_cost(
    write_study: WriteStudy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fundusfm.study(spec=str(write_study(**_VESSELS)), out=str(tmp_path / "out"), dry_run=True)
    told = capsys.readouterr().out
    assert "segment" in told
    assert "drawn            FF  test_resnet   64 px  50, 100 %  scratch, fundus" in told
