"""`report.html` of every kind of run folder, and of damaged ones."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fundusfm.errors import RunFolderError
from fundusfm.evaluation.compare import compare, paired_metrics
from fundusfm.report.run_report import write_run_report

MakeRun = Callable[..., Path]
CheckPage = Callable[[str], None]


@pytest.fixture(scope="module")
def probe(make_run: MakeRun) -> Path:
    """A run with all a run may have, and its report."""
    rows = compare(make_run(), make_run(strategy="scratch"), repeats=50)
    run = make_run(by=["sex"], more={"paired": paired_metrics(rows)})
    write_run_report(run)
    return run


def test_probe_run_shows_every_part(probe: Path, check_page: CheckPage) -> None:
    page = (probe / "report.html").read_text()
    check_page(page)
    for part in (
        "Metrics of abnormal",
        "Operating points",
        "Subgroups by sex",
        "ROC curve",
        "Precision-recall",
        "Reliability",
        "ECE",
        "Lineage",
        "not a medical device",
        "external: camera_b",
        "cross-validation",
    ):
        assert part in page


def test_numbers_are_those_of_the_metrics(probe: Path) -> None:
    page = (probe / "report.html").read_text()
    metrics = json.loads((probe / "metrics.json").read_text())
    auroc = metrics["cv"]["abnormal"]["auroc"]
    assert f"{auroc['mean']:.3f} ± {auroc['std']:.3f}" in page
    assert f"[{auroc['low']:.3f}, {auroc['high']:.3f}]" in page
    assert "Paired tests on shared images" in page
    assert f"+{metrics['paired']['cv']['abnormal']['bootstrap']['difference']:.3f}" in page


def test_figures_are_written_with_their_numbers(probe: Path) -> None:
    for suffix in ("png", "svg", "csv"):
        assert (probe / "figures" / f"roc_cv_abnormal.{suffix}").stat().st_size > 100
    numbers = pd.read_csv(probe / "figures" / "roc_cv_abnormal.csv")
    assert {"false_positive_rate", "true_positive_rate", "low", "high", "fold_0", "fold_4"} <= set(numbers)


def test_pretraining_shows_its_learning_curve(pretrain_run: Path) -> None:
    page = write_run_report(pretrain_run).read_text()
    for part in (
        "Loss and validation AUROC by epoch",
        "Best validation AUROC",
        "mobilenetv2_100.safetensors",
        "upstream_validation · auroc",
        "part == &#39;upstream&#39;",
    ):
        assert part in page


def test_what_cannot_be_measured_is_said(make_run: MakeRun, check_page: CheckPage) -> None:
    def blank(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[::3, "truth"] = float("nan")
        table.loc[::5, "patient"] = ""
        table.loc[table["fold"].eq(2) & table["truth"].notna(), "truth"] = 0.0
        table.loc[table["set"].eq("camera_b") & table["truth"].notna(), "truth"] = 0.0
        return table

    page = write_run_report(make_run(change=blank)).read_text()
    check_page(page)
    assert "mean over 4 of 5 folds" in page
    assert "mean ± SD over 4 folds" in page
    assert "no positive among 80 images" in page
    assert "only one class is present" in page


@pytest.mark.parametrize(("task", "count"), [("multilabel", 5), ("multiclass", 3)])
def test_many_labels_become_small_multiples(make_run: MakeRun, task: str, count: int) -> None:
    run = make_run(labels=[f"label {number}" for number in range(count)], task=task, external=(), folds=2)
    page = write_run_report(run).read_text()
    assert 'class="gallery small"' in page
    assert "Mean over labels" in page
    assert ("All classes together" in page) == (task == "multiclass")
    assert page.count("ROC curve, ") == count
    assert len(page) < 3_000_000


def test_evaluation_of_two_sets_without_folds(make_run: MakeRun) -> None:
    page = write_run_report(make_run(command="evaluate", folds=0, external=("rahim", "palm"))).read_text()
    for part in ("external: rahim", "external: palm", "95 % band, patients resampled"):
        assert part in page


def test_missing_files_are_left_out(make_run: MakeRun) -> None:
    run = make_run()
    for missing in ("predictions.parquet", "environment.json", "bundle/card.json", "config.yaml"):
        (run / missing).unlink()
        assert "Metrics of abnormal" in write_run_report(run).read_text()


def test_unfinished_run_says_so(pretrain_run: Path) -> None:
    (pretrain_run / "metrics.json").unlink()
    assert "not finished" in write_run_report(pretrain_run).read_text()


def test_run_that_trained_nothing_is_finished(pretrain_run: Path) -> None:
    (pretrain_run / "metrics.json").write_text("{}")
    (pretrain_run / "history.csv").unlink()
    assert "not finished" not in write_run_report(pretrain_run).read_text()


def test_names_from_data_are_escaped(make_run: MakeRun, check_page: CheckPage) -> None:
    page = write_run_report(make_run(labels=["<script>alert(1)</script>"], external=())).read_text()
    check_page(page)
    assert "&lt;script&gt;" in page


def test_names_of_any_kind_are_written(make_run: MakeRun, check_page: CheckPage) -> None:
    labels = ["a/b", "a-b", "$5 ^ {" + "x" * 300]
    run = make_run(labels=labels, task="multilabel", external=("camera/<b>",), folds=0)
    (run / "environment.json").write_text(json.dumps({"subcommand": "probe", "command": ["M\udcfcller.jpg", "\x1b"]}))
    page = write_run_report(run).read_text(encoding="utf-8")
    check_page(page)
    assert "M\\xfcller.jpg \\x1b" in page
    assert "external: camera/&lt;b&gt;" in page
    assert len(list((run / "figures").glob("roc_*.csv"))) == len(labels), "each label has files of its own"


def test_nothing_is_said_of_patients_where_none_is_named(make_run: MakeRun, check_page: CheckPage) -> None:
    page = write_run_report(make_run(change=lambda table: table.assign(patient=""))).read_text()
    check_page(page)
    summary = page[page.index('id="summary"') : page.index('id="data"')]
    assert "The data name no patient, so folds and intervals are by photograph" in summary
    assert "240</dd>" in page.replace("<small>", "</dd>")
    assert "grouped by patient" not in page
    assert "resampled patients" not in page
    assert "patients resampled" not in page
    evaluated = page[page.index("Evaluated images") : page.index("Data that the weights")]
    assert "Patients" not in evaluated


def test_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"neither config\.yaml nor metrics\.json"):
        write_run_report(tmp_path)
    with pytest.raises(RunFolderError, match="not a folder"):
        write_run_report(tmp_path / "absent")
