"""Choosing rows with an expression over the table's columns, such as `part=upstream and age > 50`.

The expression is Python's own syntax for comparisons, parsed and walked node by node; nothing is ever evaluated as
code.
"""

import ast
import io
import keyword
import operator
import tokenize
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.data.manifest.labels import column_text, row_number
from fundusfm.errors import SelectError

Mask = npt.NDArray[np.bool_]
_Value = str | float

_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_HELP = "write it like `part=upstream`, `age > 50 and sex == female`, `grade in [2, 3]` or `not (eye=left)`"


def select(frame: pd.DataFrame, expression: str, *, where: str) -> Mask:
    """Returns the rows that an expression keeps.

    Comparisons (`=` or `==`, `!=`, `<`, `<=`, `>`, `>=`, `in [...]`, `not in [...]`) are joined by `and`, `or`, `not`
    and parentheses. A bare word that is no column is text, so `part=upstream` needs no quotes; a column whose name is
    no plain word stands in backticks. Compared with a number, cells count as numbers, otherwise as text. An empty
    cell is unknown: it passes `!=` and `not in` only. To ask for it, compare with the empty text: `age == ''`, `age
    != ''`.

    Args:
        frame: The table.
        expression: What rows to keep.
        where: What messages call the table, usually its path.

    Returns:
        bool (rows,).

    Raises:
        SelectError: The expression cannot be parsed, names a column that the table lacks, or keeps no row.
    """
    kept = matching(frame, expression, where=where)
    if not kept.any():
        raise SelectError(
            f"The selection `{expression}` keeps none of the {len(frame)} rows of {where}; "
            f"{_values_hint(frame, expression)}"
        )
    return kept


def select_many(
    frames: Sequence[pd.DataFrame], expression: str, *, where: Sequence[str]
) -> tuple[list[Mask], list[str]]:
    """Returns the rows that an expression keeps in several tables that need not have the same columns.

    A table that has none of the expression's columns is kept whole: a condition on `part` says nothing about a data set
    that has no parts. The caller should tell the user about these.

    Args:
        frames: The tables.
        expression: Which rows to keep, see `select`.
        where: What messages call each table.

    Returns:
        The kept rows of every table, and the names (from `where`) of the tables that the expression did not apply to.

    Raises:
        SelectError: As for `select`; also where no table has the columns, or no row is kept in any.
    """
    everywhere = list(dict.fromkeys(str(column) for frame in frames for column in frame.columns))
    named = set(columns_named(expression, everywhere))
    masks: list[Mask] = []
    untouched: list[str] = []
    for frame, name in zip(frames, where, strict=True):
        if named.isdisjoint(map(str, frame.columns)):
            masks.append(np.ones(len(frame), dtype=bool))
            untouched.append(name)
        else:
            masks.append(matching(frame, expression, where=name))
    if len(untouched) == len(frames):
        raise SelectError(_unknown(expression, sorted(named), ", ".join(where), everywhere))
    if not any(mask.any() for mask in masks):
        raise SelectError(f"The selection `{expression}` keeps no row of {', '.join(where)}; {_HELP}")
    return masks, untouched


def columns_named(expression: str, columns: Iterable[str]) -> list[str]:
    """Returns the columns that an expression compares: known ones, and the first word of a comparison that names none.

    Raises:
        SelectError: The expression cannot be parsed.
    """
    known = set(columns)
    named: dict[str, None] = {}
    for node in ast.walk(_parse(expression)):
        if isinstance(node, ast.Compare):
            words = [_word(operand) for operand in (node.left, *node.comparators)]
            names = [word for word in words if word is not None]
            named.update(dict.fromkeys([name for name in names if name in known] or names[:1]))
    return list(named)


def matching(frame: pd.DataFrame, expression: str, *, where: str) -> Mask:
    """Returns the rows that an expression keeps, which may be none; otherwise as `select`."""
    tree = _parse(expression)
    columns = [str(column) for column in frame.columns]
    missing = [name for name in columns_named(expression, columns) if name not in columns]
    if missing:
        raise SelectError(_unknown(expression, missing, where, columns))
    return _Evaluation(frame, expression, where).mask(tree)


def _unknown(expression: str, missing: Sequence[str], where: str, columns: Sequence[str]) -> str:
    names = " and ".join(f"`{name}`" for name in missing) or "a column"
    listed = ", ".join(columns)
    return f"The selection `{expression}` asks for {names}, which {where} does not have; its columns are {listed}"


def _parse(expression: str) -> ast.expr:
    """Parses the expression after turning `=` into `==` and `` `any name` `` into a marked name."""
    try:
        return ast.parse(_python(expression), mode="eval").body
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it breaks off"
        raise SelectError(
            f"The selection `{expression}` cannot be read ({reason}); {_HELP}, and put text other than a plain word "
            "in quotes"
        ) from error


_MARK = "_quoted_column_"
_WORDS = ("and", "or", "not", "in", "is", "if", "else", "lambda", "True", "False", "None")


def _python(expression: str) -> str:
    pieces = expression.strip().split("`")
    if len(pieces) % 2 == 0:
        raise ValueError("a backtick is not closed")
    for place in range(1, len(pieces), 2):
        pieces[place] = _MARK + pieces[place].encode().hex()
    tokens = tokenize.generate_tokens(io.StringIO("".join(pieces)).readline)
    return tokenize.untokenize(
        (token.type, _plain(token.string)) for token in tokens if token.type != tokenize.COMMENT
    ).strip()


def _plain(token: str) -> str:
    """Turns `=` into `==`, and marks names such as `class` that Python keeps to itself."""
    if token == "=":
        return "=="
    reserved = keyword.iskeyword(token) and token not in _WORDS
    return _MARK + token.encode().hex() if reserved else token


def _word(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Name):
        return None
    return bytes.fromhex(node.id.removeprefix(_MARK)).decode() if node.id.startswith(_MARK) else node.id


class _Evaluation:
    """One expression applied to one table."""

    def __init__(self, frame: pd.DataFrame, expression: str, where: str) -> None:
        self._frame = frame
        self._expression = expression
        self._where = where

    def mask(self, node: ast.expr) -> Mask:
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return _joined(join, [self.mask(value) for value in node.values])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self.mask(node.operand)
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            pairs = zip(operands, node.ops, operands[1:], strict=False)
            return _joined(np.logical_and, [self._compare(left, how, right) for left, how, right in pairs])
        raise self._refusal(node)

    def _compare(self, left: ast.expr, comparison: ast.cmpop, right: ast.expr) -> Mask:
        if isinstance(comparison, ast.In | ast.NotIn):
            return self._member(left, right) ^ isinstance(comparison, ast.NotIn)
        one, other = self._operand(left), self._operand(right)
        if isinstance(comparison, ast.Eq | ast.NotEq):
            return self._equal(one, other) ^ isinstance(comparison, ast.NotEq)
        compare = _ORDER.get(type(comparison))
        if compare is None:
            raise self._refusal(left)
        return self._ordered(one, other, compare)

    def _member(self, left: ast.expr, right: ast.expr) -> Mask:
        if not isinstance(right, ast.List | ast.Tuple | ast.Set) or not right.elts:
            raise SelectError(
                f"The selection `{self._expression}` needs a list after `in`; write it like `grade in [2, 3]`"
            )
        one = self._operand(left)
        return _joined(np.logical_or, [self._equal(one, self._operand(element)) for element in right.elts])

    def _operand(self, node: ast.expr) -> "pd.Series[str] | _Value":
        word = _word(node)
        if word is not None:
            return column_text(self._frame, word) if word in self._frame.columns else word
        sign = 1.0
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            sign, node = (-1.0 if isinstance(node.op, ast.USub) else 1.0), node.operand
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
            return sign * float(node.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        raise self._refusal(node)

    def _equal(self, one: "pd.Series[str] | _Value", other: "pd.Series[str] | _Value") -> Mask:
        if not isinstance(one, pd.Series):
            one, other = other, one
        if not isinstance(one, pd.Series):
            raise SelectError(f"The selection `{self._expression}` compares two values and no column; {_HELP}")
        if isinstance(other, float):
            return np.asarray(_numbers(one) == other)
        if isinstance(other, str):
            return np.asarray(one == other)
        same = np.asarray(one == other) | (_numbers(one) == _numbers(other))
        return _joined(np.logical_and, [same, np.asarray(one != "")])

    def _ordered(
        self, one: "pd.Series[str] | _Value", other: "pd.Series[str] | _Value", compare: Callable[[Any, Any], Any]
    ) -> Mask:
        columns = [operand for operand in (one, other) if isinstance(operand, pd.Series)]
        if not columns:
            raise SelectError(f"The selection `{self._expression}` compares two values and no column; {_HELP}")
        known = [np.asarray(column != "") for column in columns]
        if isinstance(one, str) or isinstance(other, str):  # text against text, such as dates
            return _joined(np.logical_and, [*known, np.asarray(compare(one, other))])
        sides = [self._as_numbers(side) if isinstance(side, pd.Series) else side for side in (one, other)]
        return _joined(np.logical_and, [*known, compare(*sides)])

    def _as_numbers(self, cells: "pd.Series[str]") -> npt.NDArray[np.float64]:
        numbers = _numbers(cells)
        bad = np.flatnonzero(np.isnan(numbers) & (cells != "").to_numpy())
        if len(bad):
            row = row_number(self._frame, int(bad[0]))
            raise SelectError(
                f"{self._where}, row {row}, column `{cells.name}`: {cells.iloc[bad[0]]!r} is no number, but the "
                f"selection `{self._expression}` compares by size; correct the cell or empty it"
            )
        return numbers

    def _refusal(self, node: ast.expr) -> SelectError:
        word = _word(node)
        if word is not None:
            return SelectError(f"The selection `{self._expression}` holds `{word}` alone; compare it, as in `{word}=1`")
        part = ast.unparse(node).replace(_MARK, "")
        return SelectError(
            f"The selection `{self._expression}` holds `{part}`, which is no comparison of columns; {_HELP}"
        )


def _joined(how: np.ufunc, masks: Sequence[Mask]) -> Mask:
    return np.asarray(how.reduce(masks), dtype=bool)


def _numbers(cells: "pd.Series[str]") -> npt.NDArray[np.float64]:
    return np.asarray(pd.to_numeric(cells.where(cells != ""), errors="coerce"), dtype=np.float64)


def _values_hint(frame: pd.DataFrame, expression: str) -> str:
    hints = []
    for column in columns_named(expression, map(str, frame.columns)):
        values = column_text(frame, column).value_counts().index[:6]
        hints.append(f"`{column}` holds values such as {', '.join(value or '(empty)' for value in values)}")
    return "; ".join(hints) or _HELP
