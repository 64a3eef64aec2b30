"""A fault of a table, as every check describes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fundusfm.data.manifest.labels import row_number


@dataclass(frozen=True)
class Fault:
    """Something to mend before training.

    Attributes:
        kind: What sort of fault, such as `missing_file` or `near_duplicate`.
        rows: CSV row numbers concerned, the header being row 1; empty where the fault is of the whole column.
        column: The column concerned, or None.
        message: What is wrong.
        fix: What to do about it.
    """

    kind: str
    rows: tuple[int, ...]
    column: str | None
    message: str
    fix: str


def rows_of(frame: pd.DataFrame, positions: Iterable[Any]) -> tuple[int, ...]:
    """Returns the row numbers of some positions of a frame."""
    return tuple(row_number(frame, int(place)) for place in positions)
