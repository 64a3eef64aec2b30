"""Two processes on one host: one run folder is left, and the weights are those of one process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.training.equal_fits import CASES, fit

from fundusfm.models.trainable import load_bundle

pytestmark = pytest.mark.slow

_PYTHON = [sys.executable, "-m"]
_TORCHRUN = [*_PYTHON, "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def _run(command: list[str]) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "started",
    [[*_PYTHON, "fundusfm", "pretrain", "--devices", "2"], [*_TORCHRUN, "-m", "fundusfm", "pretrain"]],
    ids=["devices", "torchrun"],
)
def test_pretraining_leaves_one_run_folder(started: list[str], store: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = "--labels abnormal --strategy fundus --backbone test_resnet --epochs 1 --batch-size 4 --workers 0"
    more = ["--validation-share", "0.3", "--precision", "32-true", "--train", str(store), "--out", str(out)]
    _run([*started, *options.split(), *more])
    assert load_bundle(out / "bundle").card.labels == ["abnormal"]
    assert json.loads((out / "metrics.json").read_text())["upstream_validation"]["kept_epoch"] == 1
    assert "devices: 2\n" in (out / "config.yaml").read_text()
    log = (out / "log.txt").read_text()
    assert log.count("photographs of 16 patients") == 1, "only the first process writes"


@pytest.fixture(scope="module")
def of_two(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every case's fit on two processes leaves."""
    out = tmp_path_factory.mktemp("two")
    _run([*_TORCHRUN, str(Path(__file__).with_name("equal_fits.py")), str(store), str(out)])
    return out


@pytest.mark.parametrize("name", CASES)
def test_weights_equal_those_of_one_process(
    name: str, of_two: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)  # as the two processes were
    two = torch.load(of_two / f"{name}.pt", weights_only=True)
    network, one = fit(CASES[name], store, tmp_path)
    state = network.state_dict()
    assert list(state) == list(two["state"])
    differences = [(two["state"][key].float() - value.float()).abs().flatten() for key, value in state.items()]
    difference = torch.cat(differences)
    # AdamW divides by the gradient's own size, which makes rounding visible where the gradient is nearly none.
    # Means of means over processes, or batch norms of their own, give means above 1e-5 here.
    assert difference.mean() < 1e-6
    assert difference.max() < 1e-3
    for left, right in zip(one.history, two["history"], strict=True):
        for score in ("train_loss", "val_loss", "val_auroc", "lr"):
            assert left[score] == pytest.approx(right[score], abs=1e-5), score
