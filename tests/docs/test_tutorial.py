"""The first five minutes and the tutorial: their commands run as written, and what they say of the results holds."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

# A minute and a half on an idle core, many times that beside a training.
pytestmark = [pytest.mark.timeout(1800), pytest.mark.slow]

_DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def _run(page: str, folder: Path) -> None:
    """Runs the page's shell blocks in order, each as one script that stops at its first failure."""
    scripts = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "HF_HUB_OFFLINE": "1"}
    text = (_DOCS / page).read_text(encoding="utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE):
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{block}\n{result.stdout}\n{result.stderr}"


def test_the_first_five_minutes(tmp_path: Path) -> None:
    _run("start.md", tmp_path)
    table = pd.read_csv(tmp_path / "results.csv")
    assert len(table) == 80
    assert (tmp_path / "model" / "report.html").exists()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the tutorial was followed to its end."""
    folder = tmp_path_factory.mktemp("tutorial")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDUSFM_CACHE", str(folder / "cache"))
        _run("tutorial.md", folder)
    return folder


def test_the_tutorial_ends_in_a_table_and_reports(finished: Path) -> None:
    table = pd.read_csv(finished / "results.csv")
    assert len(table) == 100
    assert {"image", "status", "reason", "quality", "abnormal.probability", "abnormal.decision"} <= set(table.columns)
    assert (finished / "stores" / "clinic" / "preview.png").exists()
    for run in ("probe", "model"):
        assert "external" in (finished / "runs" / run / "report.html").read_text(encoding="utf-8").lower()


def test_what_the_tutorial_says_of_the_results_holds(finished: Path) -> None:
    text = (_DOCS / "tutorial.md").read_text(encoding="utf-8")
    assert "With 100 patients they are about 0.2 wide." in text
    for run in ("probe", "model"):
        metrics = json.loads((finished / "runs" / run / "metrics.json").read_text(encoding="utf-8"))
        folds, elsewhere = metrics["cv"]["abnormal"]["auroc"], metrics["external"]["elsewhere"]["abnormal"]["auroc"]
        assert 0.12 < folds["high"] - folds["low"] < 0.28
        assert elsewhere["high"] - elsewhere["low"] > folds["high"] - folds["low"], "it has half as many patients"
        assert folds["low"] < folds["mean"] < folds["high"]
        assert elsewhere["low"] < elsewhere["value"] < elsewhere["high"]
