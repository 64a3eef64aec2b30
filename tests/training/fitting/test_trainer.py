"""A fit that is interrupted ends as a command line expects, and says how to continue."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fundusfm.training.fitting.trainer import resolve_precision


def test_precision_named_is_taken() -> None:
    assert resolve_precision("32-true") == "32-true"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_its_code_and_the_hint(sent: signal.Signals, code: int, store: Path, tmp_path: Path) -> None:
    options = f"--strategy fundus --train {store} --labels abnormal --backbone mobilenetv2_035 --epochs 1000"
    out = tmp_path / "run"
    fit = subprocess.Popen(
        [sys.executable, "-m", "fundusfm", "pretrain", *options.split(), "--batch-size", "8", "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    timer = threading.Timer(300, fit.kill)
    timer.start()
    assert fit.stderr is not None
    try:
        while not fit.stderr.readline().startswith("epoch 2/"):
            assert fit.poll() is None
        os.killpg(fit.pid, sent)  # as a terminal sends it: to loader processes too
        rest = fit.communicate()[1]
    finally:
        timer.cancel()
        fit.kill()
    assert fit.returncode == code, rest
    assert "--resume" in rest
    assert "Traceback" not in rest
    names = {path.name for path in (out / "checkpoints").iterdir()}
    assert {"best.safetensors", "last.ckpt"} <= names <= {"best.safetensors", "last.ckpt", "previous.ckpt"}
