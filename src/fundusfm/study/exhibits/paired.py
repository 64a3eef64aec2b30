"""Each strategy against the reference under the same recipe, on the same images, corrected for the number of tests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import get_args

import pandas as pd

from fundusfm.config.types import StrategyName
from fundusfm.errors import EvaluationError
from fundusfm.evaluation.compare import PairedRow, compare
from fundusfm.evaluation.paired import holm
from fundusfm.structures.scoring.compare import compare_segmenters
from fundusfm.study.matrix import Cell


def reference_of(strategies: Iterable[str]) -> str:
    """Returns what the others are compared with: ImageNet, the usual start; else random weights; else the first."""
    names = list(strategies)
    return next((name for name in ("imagenet", "scratch") if name in names), names[0] if names else "imagenet")


Row = dict[str, object]


def auroc_rows(run: Path, other: Path) -> list[Row]:
    """Returns the tests of two runs from resampled patients; in cross-validation of the mean over folds.

    Unlike DeLong's test, whose results are in `delong_…`, it takes the two eyes of a patient as what they are, and it
    tests a mean over labels too.
    """
    return [_auroc_row(found) for found in compare(run, other)]


def dice_rows(run: Path, other: Path) -> list[Row]:
    """Returns the tests of two runs of vessels: difference in Dice, and p by exchanging them patient by patient."""
    return [asdict(found) for found in compare_segmenters(run, other)]


_SHARED = ("set", "label", "images", "patients")
_TESTED = ("difference", "low", "high", "p")
_DELONG = tuple(f"delong_{key}" for key in _TESTED)


def _auroc_row(found: PairedRow) -> Row:
    by_patient = {key: found.bootstrap[key] for key in _TESTED}
    by_image = {name: getattr(found, key) for name, key in zip(_DELONG, _TESTED, strict=True)}
    return {key: getattr(found, key) for key in _SHARED} | by_patient | by_image


def against_reference(
    runs: Mapping[Cell, Path],
    reference: str,
    test: Callable[[Path, Path], list[Row]] = auroc_rows,
    *,
    apart: Sequence[str] = ("strategy",),
) -> pd.DataFrame:
    """Tests every cell against the cell of the reference that differs in nothing else.

    Weights that are none of the four strategies have a backbone of their own, which may differ too.

    Args:
        runs: Cell to its finished run folder.
        reference: The strategy that the others are compared with.
        test: `auroc_rows`, or `dice_rows` for vessels.
        apart: Axes along which a cell and its reference may differ.

    Returns:
        A row per cell, set and label: the cell's axes, what `test` found (`difference` with its 95 % interval and `p`),
        and `p_holm`, corrected over all tests of one task and set.
    """
    rows: list[Row] = []
    for cell, run in runs.items():
        other = _reference_run(runs, cell, reference, apart)
        if cell.strategy == reference or other is None:
            continue
        try:
            rows += [{**asdict(cell), **found} for found in test(run, other)]
        except EvaluationError:  # no image in common with a known label; the table says so by an empty cell
            continue
    columns = [*(field.name for field in fields(Cell)), *_SHARED, *_TESTED, *(_DELONG if test is auroc_rows else ())]
    frame = pd.DataFrame(rows, columns=columns)
    frame["p_holm"] = frame.groupby(["task", "set"])["p"].transform(lambda p: holm(list(p)))
    return frame


def _reference_run(runs: Mapping[Cell, Path], cell: Cell, reference: str, apart: Sequence[str]) -> Path | None:
    """Returns the one run of the reference that a cell can be compared with."""
    same = runs.get(replace(cell, strategy=reference))
    if same is not None:
        return same
    free = {*apart, *(() if cell.strategy in get_args(StrategyName) else ("strategy", "backbone"))}
    axes = [field.name for field in fields(Cell) if field.name not in free]
    found = [
        run
        for other, run in runs.items()
        if other.strategy == reference and all(getattr(other, axis) == getattr(cell, axis) for axis in axes)
    ]
    return found[0] if len(found) == 1 else None


def holm_note(sets: Sequence[str], reference: str, *, what: str, test: str, delta: bool = True) -> str:
    """Returns what stands below a table with such p values, and with differences (`delta`)."""
    return (
        (f"Δ: value of the row less that of {reference}, by the same method. " if delta else "")
        + f"p: {test} of the difference in {what} from {reference}, corrected for multiple testing with Holm's method. "
        f"The tests counted are those of every row, method and label of this task in one set ({'; '.join(sets)})."
    )
