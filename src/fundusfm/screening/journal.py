"""Rows on disk before the next ones are computed, from which `--resume` continues.

`results.csv.part` beside the results holds one JSON document a line: first the plan, then a row each. A line that a
kill cut short is dropped, and its photograph done again; the results file appears whole, at the end.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fundusfm.errors import RunFolderError

Row = dict[str, Any]


class Journal:
    """The rows that are done.

    Attributes:
        rows: By position in the list of photographs.
    """

    def __init__(self, path: Path, rows: dict[int, Row]) -> None:
        self.path = path
        self.rows = rows
        self._file = path.open("ab")

    def add(self, rows: Iterable[tuple[int, Row]]) -> None:
        """Writes rows with their positions; when this returns, a power cut does not lose them."""
        for position, row in rows:
            self._file.write(_line([position, row]))
            self.rows[position] = row
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Closes the file, which stays for `--resume`."""
        self._file.close()

    def remove(self) -> None:
        """Removes the file: the results are written."""
        self._file.close()
        self.path.unlink(missing_ok=True)


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
    return Journal(path, {})


def _recover(path: Path, plan: Mapping[str, Any]) -> dict[int, Row]:
    """Reads a journal and cuts it behind its last whole line."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    lines = content[:whole].splitlines()
    if not lines:  # killed before anything was written
        path.write_bytes(_line(dict(plan)))
        return {}
    try:
        before, *entries = [json.loads(line) for line in lines]
        rows = {int(position): dict(row) for position, row in entries}
    except (ValueError, TypeError) as error:
        raise RunFolderError(f"{path} is damaged ({error}): start again with --overwrite.") from error
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
