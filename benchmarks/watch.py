"""Runs a command and watches the resident memory of all its processes."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_BETWEEN_LOOKS = 0.2


def watch(arguments: Sequence[str]) -> tuple[float, float]:
    """Runs `fundusfm ARGUMENTS` to its end.

    Args:
        arguments: Command and options.

    Returns:
        Seconds, and bytes of resident memory at the peak, shared pages shared out (Linux).
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "fundusfm", *arguments], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(_BETWEEN_LOOKS)
    if process.returncode:
        raise RuntimeError(f"fundusfm {' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - started, peak


def _resident(pid: int) -> float:
    total, waiting = 0.0, [pid]
    while waiting:
        current = waiting.pop()
        try:
            rollup = Path(f"/proc/{current}/smaps_rollup").read_text()
            waiting += [int(child) for child in Path(f"/proc/{current}/task/{current}/children").read_text().split()]
        except OSError:  # it has ended
            continue
        total += sum(float(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
    return total
