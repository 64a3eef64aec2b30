"""A study from its file to its report, in one process and in two."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.study.conftest import WriteStudy

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import ConfigError, ManifestError, RunFolderError
from fundusfm.study.record import read_record


def test_a_failed_cell_is_a_row_with_its_reason_and_the_rest_goes_on(finished: Path) -> None:
    cells = pd.read_parquet(finished / "out" / "cells.parquet")
    status = cells.drop_duplicates("run").set_index("run")["status"]
    assert status.filter(like="scratch").tolist() == ["done", "done"]
    assert status.filter(like="imagenet").tolist() == ["waiting", "waiting"]
    reasons = cells[cells["status"] == "waiting"]["reason"]
    assert reasons.str.contains("pretrain/imagenet-test_resnet-32px-seed0 failed: .*damaged.safetensors").all()
    assert json.loads((finished / "out" / "metrics.json").read_text())["cells_done"] == 2


def test_the_tidy_table_agrees_with_the_run_folders(finished: Path) -> None:
    cells = pd.read_parquet(finished / "out" / "cells.parquet")
    run = "cells/abnormality/LF-scratch-test_resnet-32px-100pct-seed0"
    metrics = json.loads((finished / "out" / run / "metrics.json").read_text())
    rows = cells[(cells["run"] == run) & (cells["metric"] == "auroc") & (cells["label"] == "abnormal")]
    cv = rows[rows["set"] == "cv"]
    assert cv[cv["fold"].notna()]["value"].tolist() == pytest.approx(metrics["cv"]["abnormal"]["auroc"]["folds"])
    whole = rows[rows["fold"].isna()].set_index("set")
    assert whole.loc["cv", "value"] == pytest.approx(metrics["cv"]["abnormal"]["auroc"]["mean"])
    outside = metrics["external"]["outside"]["abnormal"]["auroc"]
    assert whole.loc["outside", ["value", "low", "high"]].tolist() == pytest.approx(
        [outside["value"], outside["low"], outside["high"]]
    )


def test_tables_figures_and_report_are_there(finished: Path) -> None:
    out = finished / "out"
    for name in ("table-1-cohorts", "table-2-abnormality-abnormal", "costs"):
        assert {path.suffix for path in (out / "tables").glob(f"{name}.*")} == {".csv", ".md", ".tex", ".html"}
    for name in ("figure-2c-abnormality-LF-test_resnet-32px", "figure-3-tsne"):
        assert {path.suffix for path in (out / "figures").glob(f"{name}.*")} == {".csv", ".png", ".svg"}
    assert (out / "figures" / "figure-2b-cams.png").stat().st_size > 10_000
    page = (out / "report.html").read_text(encoding="utf-8")
    for sentence in ("Does the software work?", "no patient is in the training and the test part",
                     "Cells without a result", "damaged.safetensors", "Nothing here is about eyes."):  # fmt: skip
        assert sentence in page


def test_weights_of_smaller_shares_are_not_kept(finished: Path) -> None:
    cells = finished / "out" / "cells" / "abnormality"
    assert (cells / "LF-scratch-test_resnet-32px-100pct-seed0" / "bundle" / "model.safetensors").exists()
    assert not (cells / "LF-scratch-test_resnet-32px-50pct-seed0" / "bundle").exists()


@pytest.mark.slow
def test_two_processes_give_what_one_gives(finished: Path, tmp_path: Path) -> None:
    fundusfm.study(spec=str(finished / "study.yaml"), out=str(tmp_path / "out"), jobs=2)
    one, two = (pd.read_parquet(folder / "out" / "cells.parquet") for folder in (finished, tmp_path))
    pd.testing.assert_frame_equal(one, two)


def test_resume_does_only_what_is_missing(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished / "out", tmp_path / "out")
    lost = tmp_path / "out" / "cells" / "abnormality" / "LF-scratch-test_resnet-32px-50pct-seed0"
    shutil.rmtree(lost)
    kept = read_record(tmp_path / "out", "prepare/inside-32px")
    with pytest.raises(RunFolderError, match="--resume"):
        fundusfm.study(spec=str(finished / "study.yaml"), out=str(tmp_path / "out"), jobs=1)
    fundusfm.study(spec=str(finished / "study.yaml"), out=str(tmp_path / "out"), jobs=1, resume=True)
    assert (lost / "metrics.json").exists()
    assert read_record(tmp_path / "out", "prepare/inside-32px") == kept
    one, two = (pd.read_parquet(folder / "out" / "cells.parquet") for folder in (finished, tmp_path))
    pd.testing.assert_frame_equal(one, two)


def test_a_study_of_which_nothing_works_still_says_why(write_study: WriteStudy, tmp_path: Path) -> None:
    (tmp_path / "damaged.safetensors").write_bytes(b"no weights")
    matrix = {"strategies": ["imagenet"], "backbones": ["test_resnet"], "sizes": [32]}
    weights = {"test_resnet": str(tmp_path / "damaged.safetensors")}
    spec = str(write_study(matrix=matrix, imagenet_weights=weights))
    page = fundusfm.study(spec=spec, out=str(tmp_path / "out"), jobs=1)
    assert page is not None
    assert "damaged.safetensors" in Path(page).read_text(encoding="utf-8")
    assert len(pd.read_parquet(tmp_path / "out" / "cells.parquet")) == 1


def test_a_dry_run_tells_and_leaves_nothing(
    write_study: WriteStudy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", str(write_study()), "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "2 cells, each of 2 folds" in told
    assert "50, 100 %  scratch" in told
    assert "Times are known once the first jobs are finished." in told
    assert not (tmp_path / "out").exists()


def test_a_dry_run_of_a_begun_study_tells_the_time_left(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(finished / "out" / "jobs", tmp_path / "out" / "jobs")
    shutil.copytree(finished / "out" / "stores", tmp_path / "out" / "stores")
    arguments = ["study", str(finished / "study.yaml"), "--out", str(tmp_path / "out"), "--dry-run", "--jobs", "1"]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "prepare          2     2" in told
    assert "LF               4     0" in told, "their run folders are not there"
    assert "With 1 jobs at once, about" in told
    assert "and the time of pretrain" in told


def test_wrong_options_are_found_out_before_anything_runs(write_study: WriteStudy, tmp_path: Path) -> None:
    path, out = str(write_study()), str(tmp_path / "out")
    with pytest.raises(ManifestError, match=r"nowhere\.csv"):
        fundusfm.study(spec=path, out=out, data=["inside=nowhere.csv"])
    with pytest.raises(ConfigError, match="--jobs is 0"):
        fundusfm.study(spec=path, out=out, jobs=0)
    with pytest.raises(ConfigError, match="is for --engine ray"):
        fundusfm.study(spec=path, out=out, address="auto")
    assert not (tmp_path / "out").exists()
