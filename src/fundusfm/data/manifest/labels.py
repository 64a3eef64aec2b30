"""Label columns become a matrix of targets in which an unknown label is NaN, never 0."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.data.manifest.missing import is_missing_word
from fundusfm.data.manifest.table import FIRST_ROW
from fundusfm.errors import LabelError

Task = Literal["binary", "multiclass", "multilabel"]

_COMPARISON = re.compile(
    r"\s*(?P<column>[^<>=!]*[^<>=!\s])\s*(?P<operator>>=|<=|==|!=|>|<)\s*(?P<value>[^<>=!]*[^<>=!\s])\s*"
)
_NAMED = re.compile(r"\s*(?P<name>[^<>=!]*[^<>=!\s])\s*=\s*(?P<column>[^=\s].*)")
"""`abnormal=dr_grade>=1`, but not `dr_grade>=1` or `dr_grade==1`."""
_MOST_NAMED = 12


@dataclass(frozen=True)
class Targets:
    """What a model is trained on or measured against.

    Attributes:
        labels: Names of the outputs; for a multiclass task the class names.
        values: float32 (rows, labels) of 0 and 1, NaN where unknown; one-hot for a multiclass task.
        task: Kind of task.
        classes: The class names of a multiclass task, None for the others.
        ordered: Whether the classes are numbers, whose order then means something (grades, stages).
    """

    labels: list[str]
    values: npt.NDArray[np.float32]
    task: Task
    classes: list[str] | None
    ordered: bool

    def known(self) -> npt.NDArray[np.bool_]:
        """(rows,) True where at least one label is known."""
        return np.asarray((~np.isnan(self.values)).any(axis=1))


def read_targets(
    frame: pd.DataFrame,
    labels: Sequence[str],
    *,
    task: Task,
    where: str,
    classes: Sequence[str] | None = None,
    missing_ok: bool = False,
) -> Targets:
    """Reads label columns.

    Args:
        frame: A manifest's or a store's frame. Cells are text, an empty one is unknown.
        labels: Columns that hold 0 or 1, or comparisons such as `dr_grade>=2` or `Diagnosis!=normal` that make 0 or 1
            of a column of numbers or words; NAME=COLUMN or NAME=COMPARISON gives the label another name. For a
            multiclass task the one column that holds the class names.
        task: Kind of task. A binary task has one label, a multilabel one any number.
        where: What messages call the table, usually its path.
        classes: For a multiclass task, the classes and their order; otherwise those found, numbers in their order.
        missing_ok: Treat a column that the frame lacks as unknown for every row, as when several data sets with
            different labels are trained on together.

    Raises:
        LabelError: A column is missing, or holds a value outside the declared set.
    """
    if not labels:
        raise LabelError(f"No label was named for {where}; name at least one column with --labels")
    named = [named_label(label, frame.columns) for label in labels]
    names = [name for name, _ in named]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise LabelError(f"The labels for {where} name {', '.join(repeated)} more than once; name every label once")
    if task != "multilabel" and len(labels) != 1:
        raise LabelError(
            f"A {task} task has one label, but {len(labels)} were named for {where} ({', '.join(labels)}); "
            "name one, or use --task multilabel"
        )
    if task == "multiclass":
        return _read_classes(frame, labels[0], where, classes, missing_ok)
    columns = [_read_binary(frame, column, where, missing_ok) for _, column in named]
    return Targets(names, np.stack(columns, axis=1), task, None, False)


def _read_binary(frame: pd.DataFrame, label: str, where: str, missing_ok: bool) -> npt.NDArray[np.float32]:
    comparison = None if label in frame.columns else _COMPARISON.fullmatch(label)
    column = comparison["column"] if comparison else label
    if column not in frame.columns:
        if missing_ok:
            return np.full(len(frame), np.nan, dtype=np.float32)
        raise _missing_column(frame, column, where)
    cells = column_text(frame, column)
    numbers = pd.to_numeric(cells.where(cells != ""), errors="coerce").to_numpy(dtype=np.float64)
    known = (cells != "").to_numpy()
    if comparison is None:
        _refuse(frame, column, known & ~np.isin(numbers, (0.0, 1.0)), _expected(column, cells, numbers), where)
        return numbers.astype(np.float32)
    bound, compare = _number(comparison["value"]), _OPERATIONS[comparison["operator"]]
    if bound is None:
        truth = compare(_words(cells, label, comparison, where, missing_ok), comparison["value"].casefold())
        return np.where(known, truth, np.nan).astype(np.float32)
    _refuse(frame, column, known & np.isnan(numbers), f"a number to compare in `{label}`, or empty for unknown", where)
    return np.where(known, compare(numbers, bound), np.nan).astype(np.float32)


def _words(
    cells: "pd.Series[str]", label: str, comparison: re.Match[str], where: str, missing_ok: bool
) -> npt.NDArray[np.str_]:
    """Returns a column's words in lower case, to be compared with one that occurs in it (anywhere, with `missing_ok`).

    Raises:
        LabelError: Words have no order, or the word of the comparison is in no row.
    """
    column, value = comparison["column"], comparison["value"]
    if comparison["operator"] not in ("==", "!="):
        raise LabelError(
            f"The label `{label}` for {where} compares with {value!r}, which is no number; "
            f"write it like `{column}>=2`, or `{column}=={value}` for a word.",
            code="COMPARISON",
        )
    words = cells.str.casefold().to_numpy(dtype=np.str_)
    doubtful = [place for place, word in enumerate(words) if is_missing_word(str(word)) and word != value.casefold()]
    if doubtful:
        raise LabelError(
            f"{where}, row {row_number_of(cells, doubtful[0])}, column `{column}`: {cells.iloc[doubtful[0]]!r} "
            f"probably means that nothing is known, but the label `{label}` would count it; empty the cell, or declare "
            f"the word where the manifest is read: --missing {cells.iloc[doubtful[0]]}.",
            code="MISSING-WORD",
        )
    if value.casefold() not in words and not missing_ok:
        found = ", ".join(sorted(set(cells) - {""})[:_MOST_NAMED])
        raise LabelError(
            f"The label `{label}` for {where} compares with {value!r}, which no row of `{column}` holds; "
            f"the column holds {found or 'nothing'}.",
            code="COMPARISON",
        )
    return words


def named_label(label: str, columns: Iterable[object]) -> tuple[str, str]:
    """Returns the name of a label and the column or comparison that holds it.

    Args:
        label: The label as typed: COLUMN, COMPARISON, NAME=COLUMN or NAME=COMPARISON.
        columns: The table's columns; one that is called like the whole label is meant by it.
    """
    named = None if label in set(columns) else _NAMED.fullmatch(label)
    return (named["name"], named["column"].strip()) if named else (label, label)


def word_comparison(rule: str, columns: Iterable[object]) -> tuple[str, bool, str] | None:
    """Returns column, whether the same word is positive (`==`), and the word; None for any other label.

    Args:
        rule: A column or comparison, as `named_label` returns it.
        columns: The table's columns.
    """
    found = None if rule in set(columns) else _COMPARISON.fullmatch(rule)
    if found is None or found["operator"] not in ("==", "!=") or _number(found["value"]) is not None:
        return None
    return (found["column"], found["operator"] == "==", found["value"]) if found["column"] in set(columns) else None


def _expected(column: str, cells: "pd.Series[str]", numbers: npt.NDArray[np.float64]) -> str:
    """Returns what a label column should hold, and how a column of words is compared instead."""
    words = cells[(cells != "") & np.isnan(numbers)]
    hint = "" if words.empty else f" (a column of words is compared: --labels 'NAME={column}!={words.iloc[0]}')"
    return f"0 or 1, or empty for unknown{hint}"


_OPERATIONS = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
    "==": np.equal,
    "!=": np.not_equal,
}


def _read_classes(
    frame: pd.DataFrame, column: str, where: str, classes: Sequence[str] | None, missing_ok: bool
) -> Targets:
    if column in frame.columns:
        cells = column_text(frame, column)
    elif missing_ok and classes is not None:
        cells = pd.Series("", index=frame.index, dtype=object)
    else:
        raise _missing_column(frame, column, where)
    declared = list(classes) if classes is not None else sorted(set(cells) - {""})
    numbers = [_number(name) for name in declared]
    ordered = bool(declared) and all(number is not None for number in numbers)
    if ordered:  # `2` and `2.0` are one class
        cells = cells.map(lambda cell: cell if _number(cell) is None else f"{_number(cell):g}")
        names = [f"{number:g}" for number in numbers]
        declared = names if classes is not None else sorted(set(names), key=float)
    if len(set(declared)) < max(2, len(declared)):
        raise LabelError(
            f"{where}, column `{column}`: a multiclass task needs two classes or more, each named once; "
            f"these are {', '.join(declared) or 'none'}"
        )
    places = cells.map({name: place for place, name in enumerate(declared)})
    known = (cells != "").to_numpy()
    _refuse(
        frame, column, known & places.isna().to_numpy(), f"one of {', '.join(declared)}, or empty for unknown", where
    )
    values = np.full((len(frame), len(declared)), np.nan, dtype=np.float32)
    values[known] = np.eye(len(declared), dtype=np.float32)[places[known].astype(int)]
    return Targets(declared, values, "multiclass", declared, ordered)


def column_text(frame: pd.DataFrame, column: str) -> "pd.Series[str]":
    """One column's cells as stripped text, empty where unknown, also where the frame holds numbers or truth values."""
    cells = frame[column]
    if cells.dtype == bool:
        cells = cells.astype(int)
    return cells.where(cells.notna(), "").astype(str).str.strip().astype(object)


def row_number_of(cells: "pd.Series[str]", position: int) -> int:
    """The row number a message should give for a cell; columns cut from a manifest keep its index."""
    label = cells.index[position]
    return (int(label) if isinstance(label, int | np.integer) else position) + FIRST_ROW


def row_number(frame: pd.DataFrame, position: int) -> int:
    """The row number a message should give for a frame's row; frames cut from a manifest keep its index."""
    return row_number_of(frame.iloc[:, 0], position)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _missing_column(frame: pd.DataFrame, column: str, where: str) -> LabelError:
    columns = ", ".join(map(str, frame.columns[: _MOST_NAMED * 2]))
    return LabelError(f"{where} has no label column `{column}`; name one of its columns: {columns}", code="COLUMN")


def _refuse(frame: pd.DataFrame, column: str, bad: npt.NDArray[np.bool_], expected: str, where: str) -> None:
    positions = np.flatnonzero(bad)
    if not len(positions):
        return
    first = int(positions[0])
    rows = ", ".join(str(row_number(frame, int(place))) for place in positions[1:_MOST_NAMED])
    others = f" (so do rows {rows}{' and others' if len(positions) > _MOST_NAMED else ''})" if rows else ""
    raise LabelError(
        f"{where}, row {row_number(frame, first)}, column `{column}`: {column_text(frame, column).iloc[first]!r} is "
        f"outside the declared set{others}; expected {expected}: correct the cell or empty it",
        code="VALUE",
    )
