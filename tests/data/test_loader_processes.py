"""Loader processes start without threads of their parent, and without its script, by every start method."""

import subprocess
import sys
from pathlib import Path

import pytest

from fundusfm.data.loader_processes import loader_context

_SCRIPT = """
import sys
import numpy as np, torch
if METHOD == "spawn":
    sys.platform = "win32"
import multiprocessing
multiprocessing.set_start_method("spawn")
from fundusfm.data.loader_processes import loader_context
sys.platform = "linux"
from fundusfm.data.store.loader import LabelledStores, make_loader
from fundusfm.data.store.reader import open_store
import cv2
print("the script runs", flush=True)
cv2.setNumThreads(4)
cv2.resize(np.zeros((3000, 3000, 3), np.uint8), (1000, 1000), interpolation=cv2.INTER_AREA)  # starts them
store = open_store(sys.argv[1])
data = LabelledStores([store], np.zeros((len(store), 1), np.float32))
batches = [make_loader(data, batch_size=8, seed=5, training=True, workers=workers) for workers in (0, 1)]
print(all(torch.equal(one[0], other[0]) for one, other in zip(*batches, strict=True)), len(batches[1]))
print(type(batches[1].multiprocessing_context).__mro__[1].__name__)
"""


@pytest.mark.parametrize(("method", "context"), [("forkserver", "ForkServerContext"), ("spawn", "SpawnContext")])
def test_a_script_without_a_guard_trains_by_every_start_method(
    store: Path, tmp_path: Path, method: str, context: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT.replace("METHOD", repr(method)), encoding="utf-8")
    done = subprocess.run([sys.executable, str(script), str(store)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["the script runs", "True 4", context]


def test_loading_in_the_process_itself_needs_no_context() -> None:
    assert loader_context(0) is None
