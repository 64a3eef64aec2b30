"""Prints docs/results.md's tables from the runs that real_photographs.sh left.

    python experiments/summarise.py OUT
"""

import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

from fundusfm.evaluation.compare import compare, paired_text

STRATEGIES = ("scratch", "imagenet", "fundus", "imagenet+fundus", "224-imagenet", "224-imagenet+fundus")
EIGHT = ("N", "D", "G", "C", "A", "H", "M", "O")
RUNS = {"LF": {"abnormal": "probe-abnormal", **dict.fromkeys(EIGHT, "probe-eight")},
        "FF": dict.fromkeys(("abnormal", *EIGHT), "finetune-nine")}
EXTERNAL = ("rahim", "palm")


def main(out: Path) -> None:
    """Prints one table of folds and one of external sets per method."""
    for method, runs in RUNS.items():
        print(f"\n### {method}: five-fold AUROC on odir downstream, mean [95 % interval]\n")
        print_table(["strategy", *runs, "macro of eight"], [
            [f"`{strategy}`", *(fold_cell(metrics(out, run, strategy), label) for label, run in runs.items()),
             macro(out, runs, strategy)] for strategy in STRATEGIES])
        print(f"\n### {method}: external AUROC of `abnormal`, value [95 % interval]\n")
        print_table(["strategy", *EXTERNAL], [
            [f"`{strategy}`", *(external_cell(metrics(out, runs["abnormal"], strategy), name) for name in EXTERNAL)]
            for strategy in STRATEGIES])
        print_tests(out, sorted(set(runs.values())))


def print_tests(out: Path, runs: list[str]) -> None:
    """Prints the paired tests of the two-step strategy against ImageNet alone."""
    for run, size in product(runs, ("", "224-")):
        ours, theirs = out / f"{run}-{size}imagenet+fundus", out / f"{run}-{size}imagenet"
        if (ours / "metrics.json").exists() and (theirs / "metrics.json").exists():
            print(f"\n```\n{paired_text(compare(ours, theirs), a='imagenet+fundus', b='imagenet')}\n```")


def metrics(out: Path, run: str, strategy: str) -> dict[str, Any]:
    """Returns a run's metrics, empty where it was not made."""
    path = out / f"{run}-{strategy}" / "metrics.json"
    return json.loads(path.read_text()) if path.exists() else {}


def fold_cell(found: dict[str, Any], label: str) -> str:
    """Returns `mean [low, high]` of a label's AUROC over folds."""
    cell = found.get("cv", {}).get(label, {}).get("auroc")
    return f"{cell['mean']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}]" if cell else "not run"


def macro(out: Path, runs: dict[str, str], strategy: str) -> str:
    """Returns the mean of the eight labels' AUROC."""
    cells = [metrics(out, runs[label], strategy).get("cv", {}).get(label, {}).get("auroc") for label in EIGHT]
    return f"{sum(cell['mean'] for cell in cells) / len(cells):.3f}" if all(cells) else "not run"


def external_cell(found: dict[str, Any], name: str) -> str:
    """Returns `value [low, high]` of `abnormal` on an external set."""
    cell = found.get("external", {}).get(name, {}).get("abnormal", {}).get("auroc")
    return f"{cell['value']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}]" if cell else "not run"


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Prints a Markdown table."""
    for cells in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
