"""The journal: what came of every study, what was made of it, and which archives have it, in one SQLite file.

Each change is on the disk when its method returns (write-ahead log, `synchronous=FULL`), so a kill at any moment loses
none. The journal holds UIDs and file names, and names no patient.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fundusfm.listen.database import Database
from fundusfm.listen.spool import DICOM_SUFFIX
from fundusfm.listen.tables import COMPLETE, DELIVERED, FAILED, FORMAT, RECEIVED, SCHEMA, SCREENED, Image, Result, State

COLUMNS = ("study", "state", "reason", "images", "results", "delivered", "changed", "next_try")
"""Columns of `StudyJournal.table`; `results` are instances, and `delivered` counts each once per destination."""

_MOST_ATTEMPTS = 20
_WITH_FILES = ("images", "results")
_FILES_OF = "SELECT file FROM {} WHERE study = ?"


class StudyJournal:
    """The journal of one service; several threads can share one, and other processes can read it.

    Args:
        path: The file; made where it is missing.
        clock: Returns the time in seconds, for tests.

    Raises:
        ConfigError: The file is damaged or of another version.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._file = Database(path, SCHEMA, FORMAT)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def add_image(self, study: str, uid: str, *, file: str, sha256: str, origin: str) -> None:
        """Adds an image; its study is `received` again, whatever state it was in.

        Args:
            study: Study Instance UID.
            uid: SOP Instance UID.
            file: Its place in the spool.
            sha256: Of its data set.
            origin: Who sent it.
        """
        now, at = self._clock(), self._at()
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT INTO studies (uid, state, changed, touched) VALUES (?, ?, ?, ?) ON CONFLICT (uid) DO UPDATE "
                "SET state = excluded.state, reason = '', changed = excluded.changed, touched = excluded.touched",
                (study, RECEIVED, at, now),
            )
            connection.execute(
                "INSERT INTO images (uid, study, file, sha256, origin, at) "
                "SELECT ?, id, ?, ?, ?, ? FROM studies WHERE uid = ?",
                (uid, file, sha256, origin, at, study),
            )

    def sha256_of(self, uid: str) -> str | None:
        """Returns the hash of an image that was received before; None for a new one."""
        found: str | None = self._file.value("SELECT sha256 FROM images WHERE uid = ?", uid)
        return found

    def waiting(self) -> int:
        """Returns the number of images whose study is neither delivered nor failed."""
        return int(
            self._file.value(
                "SELECT count(*) FROM images JOIN studies ON studies.id = study WHERE state NOT IN (?, ?)",
                DELIVERED,
                FAILED,
            )
        )

    def complete(self, quiet: float) -> list[str]:
        """Completes the studies to which no image was added for `quiet` seconds, and returns their UIDs."""
        with self._file.transaction() as connection:
            found = connection.execute(
                "SELECT id, uid FROM studies WHERE state = ? AND touched <= ?", (RECEIVED, self._clock() - quiet)
            ).fetchall()
            for number, _ in found:
                self._move(connection, number, COMPLETE)
        return [uid for _, uid in found]

    def to_screen(self) -> tuple[int, str] | None:
        """Returns number and UID of the study to screen next; None where none is complete.

        Of the studies whose images were begun least often, it is the one that has been complete for longest: an image
        that crashes the program comes after all others.
        """
        begun = "(SELECT max(attempts) FROM images WHERE study = studies.id AND rows = '')"
        return self._file.first(
            f"SELECT id, uid FROM studies WHERE state = ? ORDER BY {begun}, touched LIMIT 1", COMPLETE
        )

    def unscreened(self, study: int) -> list[Image]:
        """Returns the images of a study that have no rows yet, those that were begun least often first."""
        found = self._file.rows(
            "SELECT uid, file, attempts FROM images WHERE study = ? AND rows = '' ORDER BY attempts, rowid", study
        )
        return [Image(*row) for row in found]

    def begin(self, image: Image) -> bool:
        """Notes that the screening of an image begins; False where it was begun too often without coming to an end.

        An image that crashes the program every time then does not keep all others from being screened.
        """
        with self._file.transaction() as connection:
            connection.execute("UPDATE images SET attempts = attempts + 1 WHERE uid = ?", (image.uid,))
        return image.attempts < _MOST_ATTEMPTS

    def not_begun(self, image: Image) -> None:
        """Takes `begin` back, where the screening failed for a reason other than the image."""
        with self._file.transaction() as connection:
            connection.execute("UPDATE images SET attempts = ? WHERE uid = ?", (image.attempts, image.uid))

    def add_rows(
        self, study: int, image: Image, rows: Sequence[dict[str, Any]], results: Sequence[tuple[str, str]]
    ) -> None:
        """Notes the rows and results of an image.

        Args:
            study: Number of the study.
            image: The image.
            rows: One per frame.
            results: UID and place in the spool of each instance to deliver, in order.
        """
        with self._file.transaction() as connection:
            connection.execute("UPDATE images SET rows = ? WHERE uid = ?", (json.dumps(list(rows)), image.uid))
            _insert_results(connection, study, results)

    def screened(self, study: int, results: Sequence[tuple[str, str]] = ()) -> bool:
        """Ends the screening of a study; False if an image came in the meantime, so that it is no longer complete.

        Args:
            study: Number of the study.
            results: Further instances to deliver, about the study as a whole.
        """
        with self._file.transaction() as connection:
            if self._state(study) != COMPLETE:
                return False
            _insert_results(connection, study, results)
            connection.execute(
                "UPDATE studies SET screened = ?, tries = 0, next_try = 0 WHERE id = ?", (self._clock(), study)
            )
            self._move(connection, study, SCREENED)
        return True

    def has_result(self, uid: str) -> bool:
        """Whether an instance is among the results, delivered or not."""
        return self._file.value("SELECT 1 FROM results WHERE uid = ?", uid) is not None

    def screened_images(self, study: int) -> list[tuple[Image, list[dict[str, Any]]]]:
        """Returns the images of a study that have rows, and the rows, in the order in which the images came."""
        query = "SELECT uid, file, attempts, rows FROM images WHERE study = ? AND rows <> '' ORDER BY rowid"
        return [(Image(*image), json.loads(rows)) for *image, rows in self._file.rows(query, study)]

    def rows_of(self, study: int) -> list[dict[str, Any]]:
        """Returns the rows of all screened images of a study."""
        return [row for _, rows in self.screened_images(study) for row in rows]

    def to_deliver(self, *, all_due: bool = False) -> list[tuple[int, str]]:
        """Returns number and UID of the studies whose results are to be delivered now, the oldest first.

        Args:
            all_due: Include studies whose next try is still to come.
        """
        due = float("inf") if all_due else self._clock()
        return [
            (number, uid)
            for number, uid in self._file.rows(
                "SELECT id, uid FROM studies WHERE state = ? AND next_try <= ? ORDER BY screened", SCREENED, due
            )
        ]

    def undelivered(self, study: int, destination: str, suffix: str = DICOM_SUFFIX) -> list[Result]:
        """Returns the results of a study that a destination does not have, in order.

        Args:
            study: Number of the study.
            destination: Name of the destination.
            suffix: Of the files that it gets.
        """
        found = self._file.rows(
            "SELECT id, file FROM results WHERE study = ? AND file LIKE '%' || ? AND NOT EXISTS "
            "(SELECT 1 FROM deliveries WHERE result = results.id AND destination = ?) ORDER BY id",
            study,
            suffix,
            destination,
        )
        return [Result(*row) for row in found]

    def delivered(self, result: Result, destination: str) -> None:
        """Notes that a destination has a result."""
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)", (result.id, destination, self._at())
            )

    def put_off(self, study: int, reason: str, pauses: Sequence[float]) -> tuple[int, str]:
        """Notes that a study could not be delivered, and when to try again.

        Args:
            study: Number of the study.
            reason: Why, as a sentence.
            pauses: Seconds to wait after the first failure, the second, and so on; the last one from then on.

        Returns:
            The number of tries so far, and the time of the next one, ISO 8601.
        """
        with self._file.transaction() as connection:
            (tries,) = connection.execute("SELECT tries FROM studies WHERE id = ?", (study,)).fetchone()
            due = self._clock() + pauses[min(tries, len(pauses) - 1)]
            connection.execute(
                "UPDATE studies SET reason = ?, tries = tries + 1, next_try = ? WHERE id = ?", (reason, due, study)
            )
        return tries + 1, _iso(due)

    def age(self, study: int) -> float:
        """Returns the seconds since a study was screened."""
        return self._clock() - float(self._file.value("SELECT screened FROM studies WHERE id = ?", study))

    def finish(self, study: int, destinations: Mapping[str, str]) -> list[str] | None:
        """Ends a study when every destination has all results: as `failed` if an image has no report.

        Args:
            study: Number of the study.
            destinations: Name to suffix of the files that it gets.

        Returns:
            Places of the files that are no longer needed; None where a destination lacks a result.
        """
        with self._file.transaction() as connection:
            if self._state(study) != SCREENED or any(self.undelivered(study, *one) for one in destinations.items()):
                return None
            failed = [row for row in self.rows_of(study) if row.get("status") == FAILED]
            if failed:
                more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
                self._move(connection, study, FAILED, f"no report: {failed[0].get('reason', '')}{more}")
                return []
            self._move(connection, study, DELIVERED)
            # An image that comes from here on makes the study wait again, so its file is not in the list.
            return [place for table in _WITH_FILES for (place,) in self._file.rows(_FILES_OF.format(table), study)]

    def outcome(self, study: int) -> tuple[str, str]:
        """Returns the state of a study, and the reason that goes with it."""
        state, reason = self._file.rows("SELECT state, reason FROM studies WHERE id = ?", study)[0]
        return str(state), str(reason)

    def fail(self, study: int, reason: str) -> None:
        """Gives a study up."""
        with self._file.transaction() as connection:
            self._move(connection, study, FAILED, reason)

    def retry_failed(self) -> int:
        """Makes every failed study `complete` again, with its failed images unscreened; returns their number."""
        with self._file.transaction() as connection:
            found = self._file.rows("SELECT id FROM studies WHERE state = ?", FAILED)
            for (number,) in found:
                for uid, rows in self._file.rows("SELECT uid, rows FROM images WHERE study = ? AND rows <> ''", number):
                    if any(row.get("status") == FAILED for row in json.loads(rows)):
                        connection.execute("UPDATE images SET rows = '', attempts = 0 WHERE uid = ?", (uid,))
                self._move(connection, number, COMPLETE)
        return len(found)

    def wanted_files(self) -> set[str]:
        """Returns the places of the files that are still needed, those of all studies that are not delivered."""
        query = "SELECT file FROM {0} JOIN studies ON studies.id = {0}.study WHERE state <> ?"
        return {place for table in _WITH_FILES for (place,) in self._file.rows(query.format(table), DELIVERED)}

    def knows_file(self, path: str, size: int, modified: int) -> bool:
        """Whether this very version of a file in a watched folder was taken or refused before."""
        query = "SELECT 1 FROM files WHERE path = ? AND size = ? AND modified = ?"
        return self._file.value(query, path, size, modified) is not None

    def add_file(self, path: str, size: int, modified: int, outcome: str) -> None:
        """Notes whether a file of a watched folder was taken."""
        with self._file.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", (path, size, modified, outcome))

    def table(self) -> list[dict[str, Any]]:
        """Returns one row per study, in the order in which they changed."""
        return [
            dict(zip(COLUMNS, (uid, state, reason, images, results, delivered, changed, _iso(due)), strict=True))
            for uid, state, reason, images, results, delivered, changed, due in self._file.rows(
                "SELECT uid, state, reason, (SELECT count(*) FROM images WHERE study = studies.id), "
                "(SELECT count(*) FROM results WHERE study = studies.id), "
                "(SELECT count(*) FROM deliveries JOIN results ON results.id = result WHERE study = studies.id), "
                "changed, CASE WHEN state = ? THEN next_try ELSE 0 END FROM studies ORDER BY changed, id",
                SCREENED,
            )
        ]

    def _move(self, connection: sqlite3.Connection, study: int, state: State, reason: str = "") -> None:
        connection.execute(
            "UPDATE studies SET state = ?, reason = ?, changed = ? WHERE id = ?", (state, reason, self._at(), study)
        )

    def _state(self, study: int) -> str:
        return str(self._file.value("SELECT state FROM studies WHERE id = ?", study))

    def _at(self) -> str:
        return _iso(self._clock())


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""


def _insert_results(connection: sqlite3.Connection, study: int, results: Sequence[tuple[str, str]]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO results (uid, study, file) VALUES (?, ?, ?)",
        [(uid, study, file) for uid, file in results],
    )
