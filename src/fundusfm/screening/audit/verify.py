"""Checks audit logs: that every line is there, unchanged and in its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fundusfm.errors import AuditError
from fundusfm.screening.audit.chain import PHOTOGRAPH, REPAIR, START, Head, line_hash, parsed, read_head


@dataclass(frozen=True)
class AuditReport:
    """What was found in one log.

    Attributes:
        path: The log.
        lines: Number of lines that are in order.
        photographs: Number of photographs among them.
        repairs: Numbers of lines that record a half line before them, left by a process that was killed.
        last: SHA-256 of the last line that is in order; `--known` takes it later.
        after: Hash of the last line of the log before this one; empty for a first log.
        fault: What is wrong with the log, with the number of the first line; empty where nothing is.
        note: What else to know.
        headless: Whether it has no head file, so that lines missing at its end would not show.
    """

    path: str
    lines: int
    photographs: int
    repairs: tuple[int, ...]
    last: str
    after: str
    fault: str
    note: str = ""
    headless: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.fault

    def __str__(self) -> str:
        if self.fault:
            return f"{self.path}: {self.fault}"
        number = len(self.repairs)
        repaired = f", half lines recorded in {number} place{'' if number == 1 else 's'}" if number else ""
        note = f" {self.note}" if self.note else ""
        return (
            f"{self.path}: in order, with {_count(self.lines, 'line')} and "
            f"{_count(self.photographs, 'photograph')}{repaired}; last line {self.last}.{note}"
        )


_HEADLESS = (
    "its head file is missing, so lines at its end may be missing too: restore it, name the log that continues this "
    "one after it, or give --known"
)


class _FaultError(Exception):
    """The first line that is wrong."""


@dataclass
class _State:
    """How far a check has come."""

    head: Head = field(default_factory=lambda: Head(0, ""))
    whole: str = ""
    started: bool = False
    halves: int = 0
    photographs: int = 0
    repairs: tuple[int, ...] = ()
    after: str = ""
    note: str = ""


def verify_logs(paths: Sequence[Path], *, known: str | None = None) -> list[AuditReport]:
    """Checks logs one by one, and that each that names a log before it follows the one it names.

    A log that names none was started on its own, as on another machine; that is no fault, and a note says so. A missing
    head file is a fault, because every log is written with one, unless a later log names the end.

    Args:
        paths: Logs; those that continue one another oldest first.
        known: Hash of a line that an earlier check printed: it must still be in one of the logs.

    Raises:
        AuditError: A file cannot be read.
    """
    reports: list[AuditReport] = []
    sought = {known} if known else set()
    for path in paths:
        report, found = _verify(path, sought)
        if found:
            report = replace(report, headless=False)
        sought -= found
        told = [place for place, before in enumerate(reports) if report.after and report.after == before.last]
        for place in told:
            reports[place] = replace(reports[place], note="", headless=False)  # its end is named by this one
        if report.ok and reports and report.after and not told:
            report = _with_fault(report, f"line 1 does not name the end of {reports[-1].path} as what came before it")
        elif report.ok and reports and not told:
            report = replace(report, note=f"{report.note} It continues none of the logs before it.".strip())
        reports.append(report)
    reports = [_with_fault(report, _HEADLESS) if report.headless else report for report in reports]
    if sought:
        reports[-1] = _with_fault(reports[-1], f"no line has the hash {known}, which was its last line once")
    return reports


def read_photographs(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the photographs of a log whose chain holds.

    Raises:
        AuditError: The file cannot be read, or its chain is broken.
    """
    report, _ = _verify(path, set())
    if not report.ok:
        raise AuditError(f"{report}. fundusfm audit verify checks a log.", code="DAMAGED")
    for line in _lines(path):
        found = parsed(line)
        if found is not None and found.get("event") == PHOTOGRAPH:
            yield found


def _verify(path: Path, sought: set[str]) -> tuple[AuditReport, set[str]]:
    state, fault, met = _State(), "", set()
    head = read_head(path)
    try:
        for line in _lines(path):
            _take(state, line)
            if state.head.last in sought:
                met.add(state.head.last)
            if head is not None and state.head.lines == head.lines and state.head.last != head.last:
                raise _FaultError(f"line {head.lines} is not the one that the head file names")
        _finish(state, head)
    except _FaultError as error:
        fault = str(error)
    whole = state.whole if state.halves else state.head.last
    report = AuditReport(
        str(path),
        state.head.lines - state.halves,
        state.photographs,
        state.repairs,
        whole,
        state.after,
        fault,
        state.note,
        headless=not fault and head is None,
    )
    return report, met


def _take(state: _State, line: bytes) -> None:
    """Checks one line against what came before it."""
    number = state.head.lines + 1
    found = parsed(line)
    if found is None:
        state.halves += 1
        state.head = Head(number, line_hash(line))
        return
    if found.get("event") == REPAIR:
        if found.get("halves") != state.halves or found.get("whole") != state.whole:
            raise _FaultError(f"line {number} records another half line than the one before it")
        state.repairs, state.halves = (*state.repairs, number), 0
    if state.halves:
        raise _FaultError(f"line {number - state.halves} is damaged")
    if found["n"] != number:
        raise _FaultError(f"line {number} says that it is line {found['n']}: a line is missing, doubled or moved")
    if found.get("previous") != state.head.last:
        raise _FaultError(f"line {max(1, number - 1)} was changed: line {number} holds the hash of another")
    if found.get("event") != REPAIR:
        if (found.get("event") == START) == state.started:
            raise _FaultError(f"line {number} is not what a log has there: its beginning is missing or was replaced")
        state.started = True
    if found.get("event") == START and found.get("after"):
        state.after = str(found["after"]["last"])
    state.photographs += found.get("event") == PHOTOGRAPH
    state.head = Head(number, line_hash(line))
    state.whole = state.head.last


def _finish(state: _State, head: Head | None) -> None:
    if head is not None and state.head.lines < head.lines:
        raise _FaultError(
            f"it ends after line {state.head.lines}, but the head file counts {head.lines}: lines are missing at its "
            "end"
        )
    if state.halves:
        number = state.head.lines - state.halves + 1
        state.note = (
            f"Line {number}, its last, is half written and not counted, because a process was killed; the next writer "
            "records that."
        )
    elif not state.head.lines:
        raise _FaultError("it holds no line")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _with_fault(report: AuditReport, fault: str) -> AuditReport:
    return replace(report, fault=report.fault or fault)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")
    except OSError as error:
        raise AuditError(
            f"The audit log {path} cannot be read ({error.strerror}): give a file that --audit-log named.",
            code="MISSING",
        ) from error
