"""The one table that the benchmarks end in."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch

from benchmarks.interleave import Timing


@dataclass(frozen=True)
class Row:
    """One line.

    Attributes:
        name: Of the row.
        work: What was done.
        ours: Our figure, with its unit.
        usual: The usual pipeline's, with its unit.
        ratio: How many times as good ours is; empty where the row has no ratio.
        spread: Lowest and highest ratio of the turns.
        target: What was asked for.
        beside: What says that nothing was traded for the speed, such as a difference of pixels or AUROC.
    """

    name: str
    work: str
    ours: str
    usual: str = ""
    ratio: str = ""
    spread: str = ""
    target: str = ""
    beside: str = ""


def timed_row(name: str, work: str, timing: Timing, *, items: int, unit: str, target: str, beside: str = "") -> Row:
    """Makes a row of rates from the seconds that both took for the same items."""
    ratios = timing.ratios
    return Row(
        name=name,
        work=work,
        ours=f"{items / median(timing.ours):.3g} {unit}",
        usual=f"{items / median(timing.usual):.3g} {unit}",
        ratio=f"{timing.ratio:.2f}",
        spread=f"{min(ratios):.2f} to {max(ratios):.2f}",
        target=target,
        beside=beside,
    )


def markdown(rows: Sequence[Row]) -> str:
    """Returns the table with the machine it was measured on."""
    header = ["row", "work", "ours", "usual", "ratio", "spread", "target", "beside"]
    cells = [[row.name, row.work, row.ours, row.usual, row.ratio, row.spread, row.target, row.beside] for row in rows]
    lines = [header, ["---"] * len(header), *cells]
    return f"{machine()}\n\n" + "".join("| " + " | ".join(line) + " |\n" for line in lines)


def machine() -> str:
    """Names processor, cores and versions."""
    found = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":", 1)[1].strip() for line in found.splitlines() if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return (
        f"{processor}, {os.cpu_count()} cores, {torch.get_num_threads()} threads{gpu}; "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )
