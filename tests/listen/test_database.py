"""Changes are made together or not at all, and versions are not mixed."""

from pathlib import Path

import pytest

from fundusfm.errors import ConfigError
from fundusfm.listen.database import Database

_SCHEMA = "CREATE TABLE things (name TEXT PRIMARY KEY);"


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    file = Database(tmp_path / "a.sqlite", _SCHEMA, 1)
    with pytest.raises(RuntimeError), file.transaction() as connection:
        connection.execute("INSERT INTO things VALUES ('a')")
        raise RuntimeError
    with file.transaction() as connection:
        connection.execute("INSERT INTO things VALUES ('b')")
    assert file.rows("SELECT name FROM things") == [("b",)]
    assert file.value("SELECT name FROM things WHERE name = ?", "a") is None


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    Database(tmp_path / "a.sqlite", _SCHEMA, 2).close()
    with pytest.raises(ConfigError, match="another version of FundusFM \\(format 2\\)"):
        Database(tmp_path / "a.sqlite", _SCHEMA, 1)
