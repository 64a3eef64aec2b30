"""Parquet files to tables and back, through DuckDB.

Files are read and written by Python, and only their bytes by DuckDB: so a full disk is an `OSError` here as elsewhere,
and no character of a path has a meaning.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import fsspec
import pandas as pd

from fundusfm.runs import write_atomic

if TYPE_CHECKING:
    import duckdb
    from fsspec.implementations.memory import MemoryFileSystem

_CONFIG = {
    "threads": "1",  # the same bytes for the same table, and no cores taken from what decodes
    "autoinstall_known_extensions": "false",  # nothing is downloaded
    "autoload_known_extensions": "false",
    "temp_directory": "",
}

_NAMES = "fundusfm_columns"


def read_parquet(source: Path | bytes) -> pd.DataFrame:
    """Returns the table of a Parquet file, or of its bytes; what is null in it is missing.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no Parquet, or damaged.
    """
    content = source if isinstance(source, bytes) else source.read_bytes()
    with _in_memory() as (connection, files, name):
        files.pipe_file(name, content)
        table: pd.DataFrame = connection.read_parquet(name).df()
        names = connection.execute("SELECT name FROM parquet_schema(?)", [name]).fetchall()[1:]
        noted = connection.execute("SELECT key, value FROM parquet_kv_metadata(?)", [name]).fetchall()
    # DuckDB renames the second of `Age` and `age`. Of nested columns it lists each part, and these no reader needs.
    if len(names) == len(table.columns):
        table.columns = pd.Index([column for (column,) in names])
    for key, value in noted:
        if key == _NAMES.encode():
            table.columns = pd.Index(json.loads(value))
    return table


def write_parquet(path: Path, table: pd.DataFrame | Iterable[pd.DataFrame]) -> None:
    """Writes a table as Parquet, atomically and without its index.

    DuckDB takes `DR` and `dr` for one name. The second is written as `dr_`, and the names of all columns are noted in
    the file, by which `read_parquet` gives them back.

    Args:
        path: File to write.
        table: The rows; or parts with the same columns, of which one at a time is in memory.

    Raises:
        OSError: The disk is full, or cannot be written.
    """
    parts = iter([table] if isinstance(table, pd.DataFrame) else table)
    with _in_memory() as (connection, files, name):
        first = next(parts)
        names = [str(column) for column in first.columns]
        apart = _apart(names)
        connection.register("part", first.set_axis(apart, axis=1))
        connection.execute("CREATE TABLE whole AS SELECT * FROM part")
        for part in parts:
            connection.register("part", part.set_axis(apart, axis=1))
            connection.execute("INSERT INTO whole SELECT * FROM part")
        noted = json.dumps(names).replace("'", "''")
        note = f", KV_METADATA {{{_NAMES}: '{noted}'}}" if apart != names else ""
        connection.execute(f"COPY whole TO '{name}' (FORMAT parquet, COMPRESSION zstd{note})")
        write_atomic(path, files.cat_file(name))


def _apart(columns: list[str]) -> list[str]:
    """Returns the names with `_` after those that an earlier one differs from in upper and lower case only."""
    taken, found = {column.casefold() for column in columns}, list[str]()
    for column in columns:
        name = column
        if any(column.casefold() == other.casefold() for other in found):
            while name.casefold() in taken:
                name += "_"
            taken.add(name.casefold())
        found.append(name)
    return found


@contextmanager
def _in_memory() -> "Iterator[tuple[duckdb.DuckDBPyConnection, MemoryFileSystem, str]]":
    """Yields DuckDB, files in memory that it reads and writes, and the name of a new one."""
    import duckdb  # a tenth of a second, which a manifest in CSV need not wait for

    files = fsspec.filesystem("memory")
    name = f"memory:///{uuid4().hex}.parquet"
    with duckdb.connect(config=dict(_CONFIG)) as connection:
        connection.register_filesystem(files)
        try:
            yield connection, files, name
        except duckdb.Error as error:
            raise ValueError(str(error).replace(f"'{name}'", "").splitlines()[0]) from error
        finally:
            if files.exists(name):
                files.rm_file(name)
