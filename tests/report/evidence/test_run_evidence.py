import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.chromium import CONTRAST, NEEDS_CHROMIUM

import fundusfm
from fundusfm.errors import ConfigError, EvaluationError, RunFolderError


@pytest.fixture(scope="module")
def run(make_run: Callable[..., Path]) -> Path:
    """A probe of two labels with subgroups and an external set."""
    return make_run(labels=["glaucoma", "cataract"], task="multilabel", by=["sex"])


@pytest.fixture(scope="module")
def out(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report."""
    folder = tmp_path_factory.mktemp("evidence") / "evidence"
    fundusfm.evidence(run=str(run), prevalence=[0.12, 0.05], out=str(folder), repeats=50)
    return folder


def test_page_and_tables_hold_the_same(out: Path) -> None:
    table = pd.read_csv(out / "evidence.csv", keep_default_na=False, na_values={"value": [""], "prevalence": [""]})
    document = json.loads((out / "evidence.json").read_text())
    assert len(document["measures"]) == len(table) and document["prevalences"] == [0.05, 0.12]
    assert document["grader"] == {"sensitivity": 0.8, "specificity": 0.95}
    assert set(table["set"]) == {"cv", "camera_b"} and set(table["column"]) == {"", "dataset", "sex"} - {"dataset"}
    page = (out / "evidence.html").read_text()
    ppv = table[(table["quantity"] == "ppv") & (table["prevalence"] == 0.05) & (table["label"] == "glaucoma")]
    assert all(f"{value:.3f}" in page for value in ppv["value"])
    assert len(pd.read_csv(out / "checklists.csv")) == 44 + 48 + 52
    assert set(pd.read_csv(out / "net_benefit.csv")["label"]) == {"glaucoma", "cataract"}
    assert "not reported" in page and "British" not in page


def test_the_external_set_is_judged_at_thresholds_of_the_card(out: Path, run: Path) -> None:
    points = json.loads((run / "bundle" / "card.json").read_text())["operating_points"]["glaucoma"]["youden"]
    rows = pd.read_parquet(run / "predictions.parquet").query("set == 'camera_b' and label == 'glaucoma'")
    called, ill = rows["score"] >= points["threshold"], rows["truth"] == 1
    table = pd.read_csv(out / "evidence.csv").query("set == 'camera_b' and label == 'glaucoma' and column.isna()")
    found = table.set_index("quantity")["value"]
    assert found["sensitivity"] == pytest.approx((called & ill).sum() / ill.sum())


def test_an_evaluation_without_its_bundle_says_what_is_unknown(make_run: Callable[..., Path], tmp_path: Path) -> None:
    run = make_run(folds=0, command="evaluate")
    (run / "bundle" / "card.json").unlink()
    fundusfm.evidence(run=str(run), prevalence=[0.1], out=str(tmp_path / "out"), repeats=20)
    assert "cannot be read" in (tmp_path / "out" / "evidence.html").read_text()
    table = pd.read_csv(tmp_path / "out" / "evidence.csv")
    assert "no operating point" in table.set_index("quantity").loc["sensitivity", "reason"].iloc[0]


def test_options_out_of_range_are_refused_before_anything_is_written(run: Path, tmp_path: Path) -> None:
    for options in (
        {"prevalence": [1.2]},
        {"prevalence": [0.1], "grader_sensitivity": 0.0},
        {"prevalence": [0.1], "by": ["camera"]},
        {"prevalence": [0.1], "repeats": 0},
    ):
        with pytest.raises(ConfigError):
            fundusfm.evidence(run=str(run), out=str(tmp_path / "out"), **options)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_what_is_no_run_is_refused(pretrain_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError):
        fundusfm.evidence(run=str(tmp_path / "none"), prevalence=[0.1], out=str(tmp_path / "out"))
    (pretrain_run / "predictions.parquet").unlink(missing_ok=True)
    with pytest.raises(EvaluationError, match="no predictions"):
        fundusfm.evidence(run=str(pretrain_run), prevalence=[0.1], out=str(tmp_path / "out"))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("mark", [pytest.param("", marks=NEEDS_CHROMIUM)])
def test_the_page_fits_the_screen(browser: Any, out: Path, width: int, mark: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((out / "evidence.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
    page.close()
