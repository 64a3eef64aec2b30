"""Kills a pretraining with SIGKILL again and again, resumes it, and compares its weights with a run left alone.

Run as `python -m benchmarks.reliability.kills FOLDER [FOLDER ...]`, with folders on the file systems in question.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import fundusfm
from fundusfm.models.trainable import load_bundle

_OPTIONS = "--strategy fundus --labels abnormal --backbone mobilenetv2_035 --batch-size 8 --precision 32-true"


def pretrain(store: Path, out: Path, *, epochs: int, seconds: float | None) -> bool:
    """Starts or resumes a run and kills it after some seconds of training.

    Args:
        store: What to train on.
        out: The run folder.
        epochs: Epochs of the run.
        seconds: Seconds after the first line of the log; None leaves the run alone.

    Returns:
        Whether the run ended by itself.
    """
    command = [sys.executable, "-m", "fundusfm", "pretrain", *_OPTIONS.split(), "--epochs", str(epochs)]
    command += ["--train", str(store), "--out", str(out), "--resume"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    try:
        if seconds is not None:
            process.stderr.readline()
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return False
    if process.returncode:
        raise SystemExit(f"the run in {out} ended with {process.returncode}")
    return True


def weights(out: Path) -> str:
    """Returns the hash of a finished run's weights, over names and values."""
    return load_bundle(out / "bundle").hash


def main() -> None:
    """Prints a row per folder: kills, and whether the weights are those of the run left alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    moments = random.Random(0)
    with tempfile.TemporaryDirectory() as scratch:
        photographs, store, whole = (Path(scratch) / name for name in ("photographs", "store", "whole"))
        fundusfm.synth(out=str(photographs), count=32, size=96, seed=1, workers=1)
        fundusfm.prepare(manifest=str(photographs / "manifest.csv"), size=64, out=str(store), workers=1)
        pretrain(store, whole, epochs=options.epochs, seconds=None)
        print("| folder | kills | weights equal to those of a run left alone | files left behind |")
        for folder in options.folders:
            out, kills = folder / "run", 0
            while kills < options.kills and not pretrain(
                store, out, epochs=options.epochs, seconds=moments.uniform(0.1, 4)
            ):
                kills += 1
            pretrain(store, out, epochs=options.epochs, seconds=None)
            left = len(list(out.rglob(".*.tmp")))
            print(f"| {folder} | {kills} | {'yes' if weights(out) == weights(whole) else 'NO'} | {left} |", flush=True)


if __name__ == "__main__":
    main()
