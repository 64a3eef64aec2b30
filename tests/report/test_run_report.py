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


def test_probe_run_shows_every_part(make_run: MakeRun) -> None:
    run = make_run(by=["sex"])
    page = write_run_report(run).read_text()
    for part in ("Metrics of abnormal", "Operating points", "Subgroups by sex", "ROC curve", "Precision-recall",
                 "Reliability", "ECE", "Lineage", "not a medical device", "external: camera_b", "cross-validation"):
        assert part in page
    metrics = json.loads((run / "metrics.json").read_text())
    auroc = metrics["cv"]["abnormal"]["auroc"]
    assert f"{auroc['mean']:.3f} ± {auroc['std']:.3f}" in page
    assert f"[{auroc['low']:.3f}, {auroc['high']:.3f}]" in page


def test_every_tag_is_closed_and_every_image_described(make_run: MakeRun, check_page: CheckPage) -> None:
    check_page(write_run_report(make_run(labels=["D", "G"], task="multilabel", by=["sex"])).read_text())


def test_figures_are_written_with_their_numbers(make_run: MakeRun) -> None:
    run = make_run()
    write_run_report(run)
    for suffix in ("png", "svg", "csv"):
        assert (run / "figures" / f"roc_cv_abnormal.{suffix}").stat().st_size > 100
    numbers = pd.read_csv(run / "figures" / "roc_cv_abnormal.csv")
    assert {"false_positive_rate", "true_positive_rate", "low", "high", "fold_0", "fold_4"} <= set(numbers)


def test_pretraining_shows_its_learning_curve(pretrain_run: Path) -> None:
    page = write_run_report(pretrain_run).read_text()
    for part in ("Loss and validation AUROC by epoch", "Best validation AUROC", "mobilenetv2_100.safetensors",
                 "upstream_validation · auroc", "part == &#39;upstream&#39;"):
        assert part in page


def test_single_class_label_says_why_it_has_no_value(make_run: MakeRun) -> None:
    def no_positive_outside(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["set"] == "camera_b", "truth"] = 0.0
        return table

    page = write_run_report(make_run(change=no_positive_outside)).read_text()
    assert "no positive among 120 images" in page
    assert "only one class is present" in page


def test_single_class_fold_is_left_out_and_said(make_run: MakeRun) -> None:
    def empty_fold(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["fold"] == 2, "truth"] = 0.0
        return table

    page = write_run_report(make_run(change=empty_fold)).read_text()
    assert "mean over 4 of 5 folds" in page
    assert "mean ± SD over 4 folds" in page


@pytest.mark.parametrize(("task", "count"), [("multilabel", 8), ("multiclass", 3)])
def test_many_labels_become_small_multiples(make_run: MakeRun, task: str, count: int) -> None:
    run = make_run(labels=[f"label {number}" for number in range(count)], task=task, external=())
    page = write_run_report(run).read_text()
    assert 'class="gallery small"' in page
    assert "Mean over labels" in page
    assert page.count("ROC curve, ") == count
    assert len(page) < 3_000_000


def test_tests_against_another_run(make_run: MakeRun) -> None:
    rows = compare(make_run("a"), make_run("b", strategy="scratch"), repeats=100)
    page = write_run_report(make_run("c", more={"paired": paired_metrics(rows)})).read_text()
    assert "Paired tests on shared images" in page
    assert f"+{rows[0].bootstrap['difference']:.3f}" in page


def test_unknown_labels_and_patients(make_run: MakeRun) -> None:
    def blank(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[::3, "truth"] = float("nan")
        table.loc[::5, "patient"] = ""
        return table

    assert "ROC curve" in write_run_report(make_run(change=blank)).read_text()


def test_evaluate_without_folds(make_run: MakeRun) -> None:
    page = write_run_report(make_run(command="evaluate", folds=0, external=("rahim", "palm"))).read_text()
    assert "external: rahim" in page
    assert "external: palm" in page
    assert "95 % band, patients resampled" in page


@pytest.mark.parametrize("missing", ["predictions.parquet", "environment.json", "bundle/card.json", "config.yaml"])
def test_missing_files_are_left_out(make_run: MakeRun, missing: str) -> None:
    run = make_run()
    (run / missing).unlink()
    assert "Metrics of abnormal" in write_run_report(run).read_text()


def test_unfinished_run_says_so(pretrain_run: Path) -> None:
    (pretrain_run / "metrics.json").unlink()
    assert "not finished" in write_run_report(pretrain_run).read_text()


def test_run_that_trained_nothing_is_finished(pretrain_run: Path) -> None:
    (pretrain_run / "metrics.json").write_text("{}")
    (pretrain_run / "history.csv").unlink()
    assert "not finished" not in write_run_report(pretrain_run).read_text()


def test_names_from_data_are_escaped(make_run: MakeRun) -> None:
    page = write_run_report(make_run(labels=["<script>alert(1)</script>"])).read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"neither config\.yaml nor metrics\.json"):
        write_run_report(tmp_path)
    with pytest.raises(RunFolderError, match="not a folder"):
        write_run_report(tmp_path / "absent")
