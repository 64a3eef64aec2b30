"""A SQLite file that notes the version of its tables."""

import sqlite3
from pathlib import Path

from fundusfm.errors import ConfigError
from fundusfm.sqlite import SqliteFile


class Database(SqliteFile):
    """A file with tables of one version.

    Args:
        path: The file; made where it is missing.
        schema: Statements that make its tables.
        version: Number of the schema.

    Raises:
        ConfigError: The file is damaged or of another version.
    """

    def __init__(self, path: Path, schema: str, version: int) -> None:
        try:
            super().__init__(path)
            found = self.value("PRAGMA user_version")
            if found == 0:
                self.make(schema, version)
        except sqlite3.DatabaseError as error:
            raise ConfigError(f"{path} cannot be used ({error}): restore it from a copy, or give another.") from error
        if found not in (0, version):
            raise ConfigError(f"{path} was written by another version of FundusFM (format {found}): use that version.")
