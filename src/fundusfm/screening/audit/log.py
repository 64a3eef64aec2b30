"""Writes an audit log: lines are appended under a lock, and are on the disk before the result is given out."""

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from fundusfm.errors import AuditError
from fundusfm.runs import lock_path, write_atomic
from fundusfm.screening.audit.chain import (
    FORMAT,
    PHOTOGRAPH,
    REPAIR,
    START,
    Head,
    chained,
    head_path,
    line_hash,
    parsed,
    read_head,
)

_PATIENCE = 30.0
"""Seconds to wait for another writer, who holds the log for the time of one batch."""

_WINDOW = 1 << 16
"""Bytes at the end of a log that are read to find its last line."""


@dataclass(frozen=True)
class _End:
    """Where a log ends.

    Attributes:
        whole: Head up to the last line that is one.
        head: Head with the half lines behind it, if there are any.
        size: Bytes.
        terminated: Whether its last line has its line break.
        halves: Number of half lines.
    """

    whole: Head
    head: Head
    size: int
    terminated: bool
    halves: int


class AuditLog:
    """A log that results are added to; several threads and processes may add to one file.

    Args:
        path: The log; it is made with the first line, beside it `PATH.head`.
        how: What gives the results out, `predict`, `serve` or `listen`.
        model: Name of the model; several are joined by +.
        weights: SHA-256 of its weights; likewise.
    """

    def __init__(self, path: Path, *, how: str, model: str, weights: str) -> None:
        self.path = path
        self._own = {"how": how, "model": model, "weights": weights, "code": metadata.version("fundusfm")}
        self._threads = threading.Lock()
        with self._held():
            _check(path, _read_end(path), read_head(path))

    def add(self, photographs: Sequence[dict[str, Any]]) -> None:
        """Adds a line for each photograph; when this returns, a power cut does not lose them.

        Raises:
            AuditError: They could not be written, and none of them is in the log; or the log was cut or changed.
        """
        if not photographs:
            return
        with self._held():
            end, head = _read_end(self.path), read_head(self.path)
            _check(self.path, end, head)
            entries = [_entry(PHOTOGRAPH, {**self._own, **content}) for content in photographs]
            if end.whole.lines == 0:
                entries.insert(0, _entry(START, {"format": FORMAT, "after": None if head is None else head.plain()}))
            if end.halves or not end.terminated:
                entries.insert(0, _entry(REPAIR, {"halves": end.halves, "whole": end.whole.last}))
            content, new = chained(entries, end.head)
            self._append(content if end.terminated else b"\n" + content, new, end.size)

    def _append(self, content: bytes, head: Head, size: int) -> None:
        with self.path.open("ab", buffering=0) as file:
            try:
                written = 0
                while written < len(content):
                    written += file.write(content[written:])
                os.fsync(file.fileno())
                write_atomic(head_path(self.path), json.dumps(head.plain()) + "\n")
            except OSError:
                with suppress(OSError):  # what a full disk took of lines that nobody was told of
                    file.truncate(size)
                raise

    @contextmanager
    def _held(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        try:
            lock_path(self.path).touch()
            with self._threads, FileLock(lock_path(self.path), timeout=_PATIENCE):
                yield
        except Timeout as error:
            raise AuditError(
                f"The audit log {self.path} has been in the hands of another process for {_PATIENCE:.0f} seconds: "
                "nothing was logged."
            ) from error
        except OSError as error:
            raise AuditError(
                f"The audit log {self.path} cannot be written ({error.strerror or error}), so results are not given "
                "out: make room, or name a file in a folder that exists and can be written to."
            ) from error


def _entry(event: str, content: dict[str, Any]) -> dict[str, Any]:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"time": time, "event": event, **content}


def _read_end(path: Path) -> _End:
    """Finds the last whole line, and what a writer that was killed left behind it."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        size = 0
    window = _WINDOW
    while size:
        with path.open("rb") as file:
            file.seek(max(0, size - window))
            content = file.read(size)
        lines = content.split(b"\n")
        terminated = lines[-1] == b""
        lines = lines[:-1] if terminated else lines
        if window < size:
            lines = lines[1:]  # its beginning may be missing
        for halves, line in enumerate(reversed(lines)):
            if (found := parsed(line)) is not None:
                whole = Head(int(found["n"]), line_hash(line))
                head = Head(whole.lines + halves, line_hash(lines[-1]))
                return _End(whole, head, size, terminated, halves)
        if window >= size:
            # Nothing but the beginning of the first line.
            return _End(Head(0, ""), Head(len(lines), line_hash(lines[-1])), size, terminated, len(lines))
        window *= 4
    return _End(Head(0, ""), Head(0, ""), 0, True, 0)


def _check(path: Path, end: _End, head: Head | None) -> None:
    """Refuses to write on to a log that was cut or changed at its end.

    Raises:
        AuditError: It ends before the line that its head file counts, or with another one.
    """
    if head is None or end.size == 0:
        return
    if end.whole.lines < head.lines or (end.whole.lines == head.lines and end.whole.last != head.last):
        raise AuditError(
            f"{path} was cut or changed: {head_path(path).name} counts {head.lines} lines. fundusfm audit verify "
            "says where; keep both files as they are, and start a log of another name.",
            code="DAMAGED",
        )
