"""Two processes train one network: every row is validated once, and one run folder is left."""

import json
import os
import subprocess
import sys
from pathlib import Path

from fundusfm.models.bundle import load_bundle


def test_pretraining_on_two_processes(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [
        sys.executable,
        "-m",
        "fundusfm",
        "pretrain",
        "--train",
        str(store),
        "--labels",
        "abnormal",
        "--strategy",
        "fundus",
        "--backbone",
        "mobilenetv2_035",
        "--epochs",
        "1",
        "--batch-size",
        "4",
        "--workers",
        "0",
        "--validation-share",
        "0.3",
        "--precision",
        "32-true",
        "--devices",
        "2",
        "--out",
        str(out),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr
    assert load_bundle(out / "bundle").card.labels == ["abnormal"]
    assert json.loads((out / "metrics.json").read_text())["upstream_validation"]["best_epoch"] == 1
    log = (out / "log.txt").read_text()
    assert log.count("photographs of 16 patients") == 1, "only the first process writes"
