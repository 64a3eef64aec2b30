"""Row `training step, memory kept`: steps of a MobileNet in fresh processes that keep freed memory, and that do not."""

import subprocess
import sys
import time
from pathlib import Path

import timm
import torch

from benchmarks.interleave import Timing
from benchmarks.table import Row, timed_row
from benchmarks.train_step import step_of
from fundusfm.platforms import keep_memory
from fundusfm.training.fitting.trainer import KEPT

_BATCH, _SIZE = 32, 224
_WARM_UP, _STEPS = 2, 3


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures processor time: page faults are the kernel's work on the core of the step."""
    timing = Timing([], [])
    for _ in range(repeats):
        timing.ours.append(_child("keep"))
        timing.usual.append(_child("give back"))
    work = f"mobilenetv2_100, {_SIZE} px, batch {_BATCH}, one thread; usual: memory as glibc keeps it"
    return [
        timed_row(
            "training step, memory kept", work, timing, items=_BATCH, unit="images per second of processor", target=""
        )
    ]


def _child(memory: str) -> float:
    """Returns the processor seconds of a step in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.kept_memory", memory]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _measure(memory: str) -> float:
    torch.set_num_threads(1)
    if memory == "keep":
        keep_memory(free=KEPT, largest=KEPT)
    network = timm.create_model("mobilenetv2_100", num_classes=1).to(memory_format=torch.channels_last)
    step = step_of(network, low_precision=False, channels_last=True)
    for _ in range(_WARM_UP):
        step()
    before = time.process_time()
    for _ in range(_STEPS):
        step()
    return (time.process_time() - before) / _STEPS


if __name__ == "__main__":
    print(_measure(sys.argv[1]))
