"""Rows on disk before the next ones are computed, from which `--resume` continues.

`results.csv.part` beside the results holds one JSON document a line: first the plan, then a row each. A line that a
kill cut short is dropped, and its photograph done again; the results file appears whole, at the end.
"""

import json
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fundusfm.errors import RunFolderError

Row = dict[str, Any]

_NOT_THERE = -1


class Journal:
    """The rows that are done.

    Attributes:
        rows: By position in the list of photographs; read from the disk when they are asked for.
    """

    def __init__(self, path: Path, rows: "_RowsOnDisk") -> None:
        self.path = path
        self.rows = rows
        self._file = path.open("ab")

    def add(self, rows: Iterable[tuple[int, Row]]) -> None:
        """Writes rows with their positions; when this returns, a power cut does not lose them."""
        for position, row in rows:
            self.rows.note(position, self._file.tell())
            self._file.write(_line([position, row]))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Closes the file, which stays for `--resume`."""
        self._file.close()

    def remove(self) -> None:
        """Removes the file: the results are written."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class _RowsOnDisk(Mapping[int, Row]):
    """Rows by position, of which only the places in the file are held in memory: 8 bytes instead of 3 kB."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places = array("q")
        self._count = 0

    def note(self, position: int, place: int) -> None:
        """Remembers where the line of a row begins."""
        if position >= len(self._places):
            self._places.extend([_NOT_THERE] * (position + 1 - len(self._places)))
        self._count += self._places[position] == _NOT_THERE
        self._places[position] = place

    def __getitem__(self, position: int) -> Row:
        if position not in self:
            raise KeyError(position)
        with self._path.open("rb") as file:
            file.seek(self._places[position])
            row: Row = json.loads(file.readline())[1]
        return row

    def __contains__(self, position: object) -> bool:
        return isinstance(position, int) and 0 <= position < len(self._places) and self._places[position] != _NOT_THERE

    def __iter__(self) -> Iterator[int]:
        return (position for position, place in enumerate(self._places) if place != _NOT_THERE)

    def __len__(self) -> int:
        return self._count


def journal_path(out: Path) -> Path:
    """Returns where the rows of a results file are collected."""
    return out.with_name(f"{out.name}.part")


def open_journal(out: Path, plan: Mapping[str, Any], *, overwrite: bool, resume: bool) -> Journal:
    """Starts a journal, or continues the one of an interrupted run.

    Args:
        out: The results file.
        plan: What the rows depend on; a resumed run must have the same.
        overwrite: Discard what is there; existing results stay until the new ones are complete.
        resume: Keep the rows that are done.

    Raises:
        RunFolderError: Results or a journal are there and neither flag was given, or the plan differs.
    """
    path = journal_path(out)
    if not (overwrite or resume):
        if out.exists():
            raise RunFolderError(f"{out} exists already: give another --out, or --overwrite to replace it.")
        if path.exists():
            raise RunFolderError(
                f"{path} holds the rows of a run that was stopped: --resume continues it, --overwrite starts again."
            )
    if resume and path.exists():
        return Journal(path, _recover(path, plan))
    path.write_bytes(_line(dict(plan)))
    return Journal(path, _RowsOnDisk(path))


def _recover(path: Path, plan: Mapping[str, Any]) -> _RowsOnDisk:
    """Reads a journal and cuts it behind its last whole line."""
    rows, whole, before = _RowsOnDisk(path), 0, None
    try:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                if whole == 0:
                    before = json.loads(line)
                else:
                    position, row = json.loads(line)
                    rows.note(int(position), whole)
                    dict(row)
                whole += len(line)
    except (ValueError, TypeError) as error:
        raise RunFolderError(f"{path} is damaged ({error}): start again with --overwrite.") from error
    if whole == 0:  # killed before anything was written
        path.write_bytes(_line(dict(plan)))
        return rows
    if before != json.loads(_line(dict(plan))):
        changed = [name for name in plan if not isinstance(before, dict) or before.get(name) != plan[name]]
        raise RunFolderError(
            f"{path} was started with other {' and '.join(changed) or 'options'}: resume with the "
            "same photographs and options, or start again with --overwrite."
        )
    with path.open("r+b") as file:
        file.truncate(whole)
    return rows


def _line(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode()
