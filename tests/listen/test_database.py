"""Files of different versions are not mixed."""

from pathlib import Path

import pytest

from fundusfm.errors import ConfigError
from fundusfm.listen.database import Database

_SCHEMA = "CREATE TABLE things (name TEXT PRIMARY KEY);"


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    Database(tmp_path / "a.sqlite", _SCHEMA, 2).close()
    with pytest.raises(ConfigError, match="another version of FundusFM \\(format 2\\)"):
        Database(tmp_path / "a.sqlite", _SCHEMA, 1)
