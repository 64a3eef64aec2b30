"""The format of an audit log: JSON lines, each of which holds the SHA-256 of the line before it.

A line that is removed, changed or moved breaks the chain. Beside `LOG`, `LOG.head` counts the lines and holds the hash
of the last one, so that lines cut off at the end show too, and so that a new file names the one before it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundusfm.errors import AuditError

FORMAT = 1

START, REPAIR, PHOTOGRAPH = "start", "repair", "photograph"
"""Kinds of lines: the first of a file, one that records half a line before it, and one photograph."""


@dataclass(frozen=True)
class Head:
    """Where a log ends.

    Attributes:
        lines: Number of lines.
        last: SHA-256 of the last one, without its line break; empty without lines.
    """

    lines: int
    last: str

    def plain(self) -> dict[str, Any]:
        """Returns the head as JSON holds it."""
        return {"lines": self.lines, "last": self.last}


def line_hash(line: bytes) -> str:
    """Returns the SHA-256 of a line without its line break."""
    return hashlib.sha256(line).hexdigest()


def parsed(line: bytes) -> dict[str, Any] | None:
    """Returns the content of a line; None where it is no line of a log."""
    try:
        content = json.loads(line)
    except ValueError:
        return None
    return content if isinstance(content, dict) and isinstance(content.get("n"), int) else None


def chained(entries: Iterable[dict[str, Any]], head: Head) -> tuple[bytes, Head]:
    """Returns the lines of some entries, to follow a head, and the head after them."""
    content = []
    for entry in entries:
        line = json.dumps(
            {"n": head.lines + 1, "previous": head.last, **entry},
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
        ).encode()
        head = Head(head.lines + 1, line_hash(line))
        content.append(line + b"\n")
    return b"".join(content), head


def head_path(log: Path) -> Path:
    """Returns the file that counts the lines of a log."""
    return log.with_name(f"{log.name}.head")


def read_head(log: Path) -> Head | None:
    """Returns what the head file of a log says; None where there is none.

    Raises:
        AuditError: It is damaged.
    """
    path = head_path(log)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Head(int(content["lines"]), str(content["last"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise AuditError(
            f"{path} is damaged, so nobody can tell whether {log} is complete: restore it, or keep both files and "
            "start a log of another name.",
            code="DAMAGED",
        ) from error
