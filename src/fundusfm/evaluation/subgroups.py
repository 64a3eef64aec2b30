"""Subgroups by a column of the images, such as sex, eye, camera or age."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.errors import ConfigError
from fundusfm.evaluation.table import PredictionTable

UNKNOWN = "unknown"

_MOST_GROUPS = 30
_AGE_BANDS = ((-np.inf, 40.0, "<40"), (40.0, 60.0, "40-59"), (60.0, np.inf, "60+"))
_MOST_NUMBERS = 6


def subgroups(predictions: PredictionTable, column: str) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yields the name and the rows of each subgroup.

    Ages are cut into `<40`, `40-59` and `60+`; an age that cannot be read is unknown. Any other column of numbers
    with more than six different values is cut at its terciles. Everything else is grouped by its values. Empty cells
    form the subgroup `unknown`.

    Args:
        predictions: PredictionTable of one set.
        column: A column of its images.

    Yields:
        Name and mask of shape `(n,)`, in order of value, `unknown` last.

    Raises:
        ConfigError: The column is missing or has too many different values to be a grouping.
    """
    if column not in predictions.images:
        raise ConfigError(
            f"--by {column}: the images of {predictions.name} have no such column; they have "
            f"{', '.join(map(str, predictions.images.columns))}."
        )
    names = group_of(predictions.images[column], column, where=predictions.name)
    for name in sorted(set(names) - {""}, key=_by_value):
        yield name, np.asarray(names == name)
    if (names == "").any():
        yield UNKNOWN, np.asarray(names == "")


def group_of(cells: pd.Series, column: str, *, where: str) -> npt.NDArray[np.object_]:
    """Returns the subgroup of every row, empty where it is unknown, shape `(n,)`.

    Args:
        cells: A column.
        column: Its name, by which ages are known.
        where: What messages call the table.

    Raises:
        ConfigError: The column has too many different values to be a grouping.
    """
    names = _bands(cells.fillna("").astype(str).str.strip(), column)
    count = len(set(names) - {""})
    if count > _MOST_GROUPS:
        raise ConfigError(
            f"--by {column}: {count} different values in {where}, and subgroups make "
            f"sense up to {_MOST_GROUPS}: name a column of groups, such as sex."
        )
    return names


def _bands(cells: pd.Series, column: str) -> npt.NDArray[np.object_]:
    if column.casefold() == "age":
        cells = cells.where(pd.to_numeric(cells, errors="coerce").notna(), "")
    known = cells != ""
    numbers = pd.to_numeric(cells[known], errors="coerce")
    if numbers.isna().any() or numbers.empty:
        return cells.to_numpy(dtype=object)
    if column.casefold() == "age":
        edges = _AGE_BANDS
    elif numbers.nunique() > _MOST_NUMBERS:
        low, high = np.quantile(numbers, [1 / 3, 2 / 3])
        edges = ((-np.inf, low, f"<{low:g}"), (low, high, f"{low:g}-{high:g}"), (high, np.inf, f">={high:g}"))
    else:
        return cells.to_numpy(dtype=object)
    names = cells.to_numpy(dtype=object, copy=True)
    for start, end, name in edges:
        names[known.to_numpy(copy=True)] = np.where((numbers >= start) & (numbers < end), name, names[known])
    return names


def _by_value(name: str) -> tuple[float, str]:
    """Sorts bands and numbers by where they start, and words by the alphabet."""
    start = name.removeprefix(">=").split("-")[0].rstrip("+")
    if name.startswith("<"):
        return -np.inf, name
    try:
        return float(start), name
    except ValueError:
        return np.inf, name
