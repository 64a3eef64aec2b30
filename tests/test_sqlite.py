"""Changes are made together or not at all."""

from pathlib import Path

import pytest

from fundusfm.sqlite import SqliteFile


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "a.sqlite")
    file.make("CREATE TABLE things (name TEXT PRIMARY KEY);", 7)
    with pytest.raises(RuntimeError), file.transaction() as connection:
        connection.execute("INSERT INTO things VALUES ('a')")
        raise RuntimeError
    with file.transaction() as connection:
        connection.execute("INSERT INTO things VALUES ('b')")
    assert file.rows("SELECT name FROM things") == [("b",)]
    assert file.value("SELECT name FROM things WHERE name = ?", "a") is None
    assert file.value("PRAGMA user_version") == 7
