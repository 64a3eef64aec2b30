"""The results table on disk: CSV, Parquet or JSON lines, by the file's suffix.

pandas is imported where a table is made: one photograph at the command line needs none, and would wait for it.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundusfm.errors import ConfigError
from fundusfm.runs import replacing

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".parquet", ".jsonl")

_FORMULA = r"^([=+\-@\t\r])"
_NUMBERS = ("quality", "score", "probability", "share", "avr")
_COUNTS = ("decision", "uncertain", "images", "used", "count", "found")
_PART = 1024


@dataclass(frozen=True)
class Screened:
    """What was screened; it becomes a table only where one is wanted.

    Attributes:
        failed: Whether a photograph could not be read.
        table: Makes the table of `fundusfm predict`.
    """

    failed: bool
    table: Callable[[], "pd.DataFrame"]


def check_out(out: Path) -> None:
    """Refuses a results file of another format.

    Raises:
        ConfigError: Its suffix is not one of `SUFFIXES`, or it is a folder.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"--out {out} should end in {', '.join(SUFFIXES)}: the suffix says which format is written.")
    if out.is_dir():
        raise ConfigError(f"--out {out} is a folder; give the file to write, such as {out / 'results.csv'}.")


def as_table(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> "pd.DataFrame":
    """Returns rows as a table whose types do not depend on its content; an empty cell is missing, never 0."""
    import pandas as pd

    waiting = iter(rows)
    # A part at a time: as Python objects, rows take several times the memory of the table.
    parts = [_typed([], columns)]
    while part := list(islice(waiting, _PART)):
        parts.append(_typed(part, columns))
    return pd.concat(parts, ignore_index=True)


def _typed(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    table = pd.DataFrame([[row.get(column) for column in columns] for row in rows], columns=list(columns), dtype=object)
    kinds = {"Float64": _NUMBERS, "Int64": _COUNTS}
    types = {
        column: next((kind for kind, ends in kinds.items() if column.rsplit(".", 1)[-1] in ends), "string")
        for column in columns
    }
    return table.astype(types)


def write_table(out: Path, table: "pd.DataFrame", *, spreadsheet_safe: bool = False) -> None:
    """Writes the table, atomically.

    Args:
        out: File to write; its suffix says how.
        table: The rows.
        spreadsheet_safe: Put an apostrophe before text that a spreadsheet would run as a formula (OWASP, CSV
            injection): a file may be called `=HYPERLINK(...).jpg`.
    """
    if spreadsheet_safe:
        table = table.copy()
        for column in table.select_dtypes(include=["string", "object"]):
            table[column] = table[column].str.replace(_FORMULA, r"'\1", regex=True)
    suffix = out.suffix.lower()
    if suffix == ".parquet":
        from fundusfm.parquet import write_parquet

        write_parquet(out, table)
        return
    with replacing(out) as temporary:
        if suffix == ".csv":
            table.to_csv(temporary, index=False, lineterminator="\n")
        else:
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                for start in range(0, len(table), _PART):
                    part = table.iloc[start : start + _PART]
                    cells = part.astype(object).where(part.notna(), None).to_dict("records")
                    file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in cells)


def read_table(out: Path, *, fix: str = "give another --out, or --overwrite") -> "pd.DataFrame":
    """Returns a results file that was written before.

    Args:
        out: The file.
        fix: What to do where it is none, for the sentence.

    Raises:
        ConfigError: The file holds no such table.
    """
    import pandas as pd

    from fundusfm.parquet import read_parquet

    suffix = out.suffix.lower()
    try:
        if suffix == ".csv":
            table = pd.read_csv(out)
        elif suffix == ".parquet":
            table = read_parquet(out)
        else:
            table = pd.read_json(out, lines=True)
        if "status" not in table:
            raise ValueError("no column status")
    except (ValueError, KeyError, OSError) as error:
        raise ConfigError(f"{out} is no table of results ({error}): {fix}.") from error
    cells = table.astype(object).where(table.notna(), None)
    columns = [str(column) for column in table]
    return as_table([dict(zip(columns, row, strict=True)) for row in cells.itertuples(index=False, name=None)], columns)
