"""The demo, at a size that takes seconds: its stages, what it leaves out and why, and that it continues."""

import importlib
import json
import urllib.error
from pathlib import Path

import pytest

from fundusfm.cli import main
from fundusfm.config.demo import DemoConfig
from fundusfm.demo import DemoTask, Photographs, Plan, no_network, run_demo

pytestmark = pytest.mark.slow

# `fundusfm.demo` as an attribute is the command.
demo_run = importlib.import_module("fundusfm.demo")


# So few photographs do not show every disease, but every one shows a left or a right eye.
_TASKS = (DemoTask("abnormality", ("abnormal",), "binary"), DemoTask("multi-disease", ("eye",), "multiclass"))
_TINY = Plan(
    size=32,
    photograph_size=160,  # smaller ones are refused as ungradable, and then not explained
    upstream=Photographs(40, ("clinic",)),
    internal=Photographs(40, ("clinic",)),
    external=Photographs(16, ("archive",)),
    labels=("abnormal",),
    tasks=_TASKS,
    fundus_epochs=1,
    finetune_epochs=1,
    folds=2,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished tiny demo on a machine without a network."""
    out = tmp_path_factory.mktemp("demo") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_run, "no_network", lambda: "no network in this test")
        patch.setenv("FUNDUSFM_CACHE", str(out.parent / "cache"))
        run_demo(DemoConfig(out=str(out), backbone="test_resnet"), plan=_TINY)
    return out


def test_it_ends_in_a_report_with_every_part(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    for part in ("ROC", "calibration", "t-SNE", "Grad-CAM", "no network in this test", "scratch", "fundus"):
        assert part in page, part


def test_every_stage_leaves_its_folder(finished: Path) -> None:
    for name in ("upstream", "internal", "external"):
        assert (finished / "photographs" / name / "manifest.csv").exists()
        assert (finished / "stores" / name / "header.json").exists()
    for strategy in ("scratch", "fundus"):
        assert (finished / "pretrain" / strategy / "bundle" / "card.json").exists()
    runs = [f"abnormality/{strategy}_{method}" for strategy in ("scratch", "fundus") for method in ("LF", "FF")]
    for run in [*runs, "multi-disease/scratch_LF", "multi-disease/fundus_LF", "multi-disease/fundus_FF"]:
        metrics = json.loads((finished / run / "metrics.json").read_text())
        assert set(metrics["external"]) == {"archive_camera"}
    assert not (finished / "pretrain" / "imagenet").exists()


def test_the_external_set_comes_from_another_camera(finished: Path) -> None:
    import pandas as pd

    cameras = {
        name: set(pd.read_csv(finished / "photographs" / name / "manifest.csv")["camera"])
        for name in ("upstream", "internal", "external")
    }
    assert not cameras["external"] & (cameras["upstream"] | cameras["internal"])


def test_a_finished_demo_is_refused_and_resumes_at_once(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(finished)]) == 2
    assert "--resume" in capsys.readouterr().err
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("bundle/model.safetensors")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_run, "no_network", lambda: "no network in this test")
        run_demo(DemoConfig(out=str(finished), backbone="test_resnet", resume=True), plan=_TINY)
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_reaching_for_the_network_never_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(request: object, timeout: float) -> None:
        assert timeout <= 5
        raise urllib.error.URLError("unreachable")

    monkeypatch.setattr(demo_run.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(demo_run.urllib.request, "urlopen", refuse)
    assert "--imagenet-weights" in no_network()
    monkeypatch.setattr(demo_run.constants, "HF_HUB_OFFLINE", True)
    assert no_network() == ""
