"""The record of a review, in one SQLite file: the photographs, and every grade ever given.

Nothing is changed in place or removed: an undone grade is marked, and a later one takes its place. A grade is on the
disk when the reader's page is told so (write-ahead log, `synchronous=FULL`), so that a kill at any moment loses none.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from fundusfm.errors import ConfigError
from fundusfm.review.queue import Listed
from fundusfm.sqlite import SqliteFile

FILE = "review.sqlite"
QUALITIES = ("good", "usable", "ungradable")
READING, REVISION, ADJUDICATION = "reading", "revision", "adjudication"

Kind = Literal["reading", "revision", "adjudication"]
Values = dict[str, int | None]

_FORMAT = "1"
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE photographs (
    id INTEGER PRIMARY KEY, image TEXT NOT NULL, path TEXT NOT NULL, person TEXT NOT NULL, eye TEXT NOT NULL,
    reason TEXT NOT NULL, given TEXT NOT NULL, scores TEXT NOT NULL, decisions TEXT NOT NULL, cells TEXT NOT NULL
);
CREATE TABLE grades (
    id INTEGER PRIMARY KEY AUTOINCREMENT, photograph INTEGER NOT NULL REFERENCES photographs (id),
    reader TEXT NOT NULL, kind TEXT NOT NULL, labels TEXT NOT NULL, quality TEXT NOT NULL, comment TEXT NOT NULL,
    seconds REAL NOT NULL, at TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX grades_of ON grades (photograph, reader);
CREATE INDEX people ON photographs (person);
"""


@dataclass(frozen=True)
class ReviewPhotograph:
    """A photograph of a review; its number is its place in the order of reading, from 1.

    Attributes:
        id: Its number.
        listed: What the table said of it.
    """

    id: int
    listed: Listed


@dataclass(frozen=True)
class Grade:
    """What one reader said of one photograph.

    Attributes:
        id: Number of the grade, in the order in which they were given.
        photograph: Number of the photograph.
        reader: The reader's name.
        kind: `reading`, given before the scores were shown; `revision`, by the same reader after that; or
            `adjudication`, which settles a disagreement.
        labels: Label to 0, 1, or None where the reader cannot tell.
        quality: One of `QUALITIES`.
        comment: Free text.
        seconds: How long the photograph was looked at.
        at: When, in UTC.
        undone: Whether the reader took it back.
    """

    id: int
    photograph: int
    reader: str
    kind: Kind
    labels: Values
    quality: str
    comment: str
    seconds: float
    at: str
    undone: bool


class ReviewRecord:
    """The file of one review; use `create` or `open_record`.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path)

    def close(self) -> None:
        """Closes the file; the write-ahead log becomes part of it."""
        self._file.close()

    def fill(self, labels: Sequence[str], photographs: Sequence[Listed]) -> None:
        """Writes the photographs of a new review."""
        self._file.make(_SCHEMA)
        with self._file.transaction() as connection:
            for number, one in enumerate(photographs, start=1):
                texts = [json.dumps(part) for part in (one.given, one.scores, one.decisions, one.row)]
                connection.execute(
                    "INSERT INTO photographs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (number, one.image, one.path, one.person, one.eye, one.reason, *texts),
                )
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?)", [("format", _FORMAT), ("labels", json.dumps(list(labels)))]
            )

    @property
    def labels(self) -> list[str]:
        """The labels that are graded."""
        return list(json.loads(self._meta("labels")))

    def _meta(self, name: str) -> str:
        return str(self._file.rows("SELECT value FROM meta WHERE name = ?", name)[0][0])

    def photographs(self, where: str = "1", *values: object) -> list[ReviewPhotograph]:
        """Returns photographs in the order of reading; all by default."""
        return [
            ReviewPhotograph(number, Listed(*texts, *(json.loads(part) for part in parts)))
            for number, *rest in self._file.rows(f"SELECT * FROM photographs WHERE {where} ORDER BY id", *values)
            for texts, parts in [(rest[:5], rest[5:])]
        ]

    def photograph(self, number: int) -> ReviewPhotograph | None:
        """Returns one photograph; None where there is no such number."""
        return next(iter(self.photographs("id = ?", number)), None)

    def grades(self, *, undone: bool = False) -> list[Grade]:
        """Returns every grade in the order in which they were given.

        Args:
            undone: Also those that were taken back.
        """
        return [
            Grade(number, photograph, reader, kind, json.loads(labels), quality, comment, seconds, at, bool(back))
            for number, photograph, reader, kind, labels, quality, comment, seconds, at, back in self._file.rows(
                f"SELECT * FROM grades {'' if undone else 'WHERE undone = 0'} ORDER BY id"
            )
        ]

    def add(
        self, photograph: int, reader: str, labels: Mapping[str, int | None], *, quality: str, comment: str,
        seconds: float, adjudication: bool = False,
    ) -> int:  # fmt: skip
        """Writes a grade and returns its number; it is on the disk then.

        A reader's first grade of a photograph is a reading. Every later one is a revision, because the scores have been
        shown since, also where the first was undone.
        """
        with self._file.transaction() as connection:
            before = connection.execute(
                "SELECT 1 FROM grades WHERE photograph = ? AND reader = ? LIMIT 1", (photograph, reader)
            ).fetchone()
            kind = ADJUDICATION if adjudication else REVISION if before else READING
            row = connection.execute(
                "INSERT INTO grades (photograph, reader, kind, labels, quality, comment, seconds, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (photograph, reader, kind, json.dumps(dict(labels)), quality, comment, round(seconds, 1),
                 datetime.now(UTC).isoformat(timespec="seconds")),
            )  # fmt: skip
            return int(row.lastrowid or 0)

    def undo(self, reader: str) -> Grade | None:
        """Takes a reader's latest grade back and returns it; None where there is none."""
        last = next((grade for grade in reversed(self.grades()) if grade.reader == reader), None)
        if last is not None:
            with self._file.transaction() as connection:
                connection.execute("UPDATE grades SET undone = 1 WHERE id = ?", (last.id,))
        return last


def create_record(path: Path, labels: Sequence[str], photographs: Sequence[Listed]) -> ReviewRecord:
    """Makes the file of a new review; it is whole, or it is not there."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    record = ReviewRecord(temporary)
    record.fill(labels, photographs)
    record.close()
    temporary.replace(path)
    return ReviewRecord(path)


def open_record(folder: str | Path) -> ReviewRecord:
    """Opens the file of a review.

    Raises:
        ConfigError: The folder holds none, or it is damaged or of a newer version.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise ConfigError(f"{folder} holds no {FILE}, so it is no review: start one with fundusfm review.", code="PATH")
    try:
        record = ReviewRecord(path)
        found = record._meta("format")
    except (sqlite3.DatabaseError, IndexError) as error:
        raise ConfigError(f"{path} is damaged ({error}): restore it from a copy.") from error
    if found != _FORMAT:
        raise ConfigError(f"{path} was written by another version of FundusFM (format {found}): use that version.")
    return record
