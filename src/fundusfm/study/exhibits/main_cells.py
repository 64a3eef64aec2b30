"""The cells that a task's main table shows, and each tested against the reference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fundusfm.study.exhibits.paired import Row, against_reference, auroc_rows, reference_of
from fundusfm.study.exhibits.row_facts import Facts, facts_of
from fundusfm.study.matrix import Cell


@dataclass(frozen=True)
class MainCells:
    """What a main table is made of.

    Attributes:
        rows: Whole-set values on all patients.
        tests: Tests of these cells from `against_reference`.
        reference: The strategy that the others are tested against.
        facts: What is said of the rows besides their numbers.
    """

    rows: pd.DataFrame
    tests: pd.DataFrame
    reference: str
    facts: Facts


def main_cells(
    task: str,
    rows: pd.DataFrame,
    runs: Mapping[Cell, Path],
    test: Callable[[Path, Path], list[Row]] = auroc_rows,
) -> MainCells | None:
    """Picks a task's cells on all patients and tests them; None where it has none.

    Args:
        task: Name of the task.
        rows: Whole-set values of cells.
        runs: Cell to its finished run folder.
        test: Function that tests two runs, as in `against_reference`.
    """
    shown = rows[(rows["task"] == task) & (rows["fraction"] == 1)]
    if shown.empty:
        return None
    reference = reference_of(dict.fromkeys(shown["strategy"]))
    compared = {cell: run for cell, run in runs.items() if cell.task == task and cell.fraction == 1}
    return MainCells(shown, against_reference(compared, reference, test), reference, facts_of(compared))
