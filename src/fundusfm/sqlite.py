"""SQLite files whose changes are on the disk when they are done, for several threads."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class SqliteFile:
    """One file (write-ahead log, `synchronous=FULL`); other processes may read it at the same time.

    Args:
        path: The file; made, without tables, where it is missing.

    Raises:
        sqlite3.DatabaseError: The file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        # Autocommit, so that each transaction is written where the code says so.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA foreign_keys=ON")

    def close(self) -> None:
        """Closes the file; the write-ahead log becomes part of it."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yields the connection for changes that are made together or not at all."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def make(self, schema: str, version: int = 0) -> None:
        """Makes tables and indices.

        Args:
            schema: Statements with semicolons between them.
            version: The file's `user_version` from then on.
        """
        with self.transaction() as connection:
            for statement in filter(str.strip, schema.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version}")

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Returns the rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def first(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """Returns the first row of a query; None where there is none."""
        return next(iter(self.rows(query, *values)), None)

    def value(self, query: str, *values: object) -> Any:
        """Returns the first cell of the first row; None where there is none."""
        found = self.first(query, *values)
        return None if found is None else found[0]
