"""Resident memory and processor time of a process and its children."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
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


def processor_seconds_of(pid: int) -> float:
    """Returns what a process and its children, as they are now, have taken of all cores (Linux)."""
    total = 0
    for current in _family(pid):
        with suppress(OSError):  # it has ended
            fields = Path(f"/proc/{current}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    total = 0.0
    for current in _family(pid):
        with suppress(OSError):  # it has ended
            rollup = Path(f"/proc/{current}/smaps_rollup").read_text(encoding="utf-8")
            total += sum(float(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
    return total


def _family(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        yield current
        with suppress(OSError):
            for task in Path(f"/proc/{current}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
