"""The first five minutes and the tutorial: their commands run as they are written, and their figures still hold."""

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

_APART = 0.1
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


def test_the_figures_of_the_tutorial_hold(finished: Path) -> None:
    text = (_DOCS / "tutorial.md").read_text(encoding="utf-8")
    interval = r" ([\d.]+) to ([\d.]+) "
    rows = re.findall(rf"^\| `runs/(\w+)` \| [\d.]+ \|{interval}\| [\d.]+ \|{interval}\|", text, flags=re.MULTILINE)
    assert [run for run, *_ in rows] == ["probe", "model"]
    for run, *bounds in rows:
        metrics = json.loads((finished / "runs" / run / "metrics.json").read_text(encoding="utf-8"))
        folds, elsewhere = metrics["cv"]["abnormal"]["auroc"], metrics["external"]["elsewhere"]["abnormal"]["auroc"]
        low, high, low_elsewhere, high_elsewhere = map(float, bounds)
        # After so short a pretraining, processors with and without bf16 end 0.1 apart, and on another camera, where
        # both guess, 0.2: the intervals must still meet, or nearly.
        assert folds["low"] < high and folds["high"] > low
        assert elsewhere["low"] < high_elsewhere + _APART and elsewhere["high"] > low_elsewhere - _APART
