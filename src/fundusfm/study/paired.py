"""Each strategy against the reference under the same recipe, on the same images, corrected for the number of tests."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

import pandas as pd

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.compare import PairedRow, compare
from fundusfm.evaluation.paired import holm
from fundusfm.study.matrix import Cell
from fundusfm.training.pretrain import Strategy


def reference_of(strategies: Iterable[str]) -> Strategy:
    """Returns what strategies are compared with: ImageNet, the usual start; random weights in a study without it."""
    return "imagenet" if "imagenet" in strategies else "scratch"


def against_reference(runs: dict[Cell, Path], reference: Strategy) -> pd.DataFrame:
    """Tests every cell against the cell of the reference that differs in nothing else.

    Args:
        runs: Cell to its finished run folder.
        reference: The strategy that the others are compared with.

    Returns:
        A row per cell, set and label: the cell's axes, `difference` with its 95 % interval and `p` by DeLong, `p_holm`
        corrected over all tests of one task and set, and `boot_difference`, `boot_low`, `boot_high`, `boot_p` from
        resampled patients.
    """
    rows: list[dict[str, object]] = []
    for cell, run in runs.items():
        other = runs.get(replace(cell, strategy=reference))
        if cell.strategy == reference or other is None:
            continue
        try:
            rows += [_row(cell, found) for found in compare(run, other)]
        except EvaluationError:  # no image in common with a known label; the table says so by an empty cell
            continue
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    frame["p_holm"] = frame.groupby(["task", "set"])["p"].transform(lambda p: holm(list(p)))
    return frame


_KEPT = ("set", "label", "images", "patients", "difference", "low", "high", "p")
_BOOT = ("difference", "low", "high", "p")
_COLUMNS = [*(field.name for field in fields(Cell)), *_KEPT, *(f"boot_{key}" for key in _BOOT)]


def _row(cell: Cell, found: PairedRow) -> dict[str, object]:
    boot = {f"boot_{key}": found.bootstrap[key] for key in _BOOT}
    return {**asdict(cell), **{key: getattr(found, key) for key in _KEPT}, **boot}


def holm_note(sets: Sequence[str], reference: str) -> str:
    """Returns what stands below a table with such p values."""
    return (
        f"Δ and p: difference in AUROC to {reference} of the same method, DeLong's test on shared images, p corrected "
        f"by Holm over all strategies, methods and labels of the table within each of {', '.join(sets)}."
    )
