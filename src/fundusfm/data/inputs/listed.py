"""The photographs of a store or a manifest, chosen by their columns."""

from pathlib import Path

import pandas as pd

from fundusfm.data.decode.image import split_frame
from fundusfm.data.inputs.find import manifest_sources
from fundusfm.data.inputs.source import Source
from fundusfm.data.manifest.select import select as select_rows
from fundusfm.data.manifest.table import read_manifest, split_name
from fundusfm.data.store.reader import open_store


def listed_sources(given: str, *, select: str | None = None) -> list[Source]:
    """Lists the original photographs behind a store (a folder or URL) or a manifest (a file), in their order.

    Args:
        given: `PATH` or `NAME=PATH`.
        select: Expression over the columns; all rows where not given.

    Returns:
        One per photograph, with the columns of its row.

    Raises:
        ManifestError, StoreError: It cannot be read.
        SelectError: The expression is wrong or keeps nothing.
    """
    _, location = split_name(given)
    if Path(location).is_file():
        manifest = read_manifest(given)
        return list(manifest_sources(manifest, _kept(manifest.frame, select, str(manifest.path))))
    store = open_store(given)
    return [_of_store(store.frame.iloc[row]) for row in _kept(store.frame, select, str(store.path))]


def _of_store(row: "pd.Series[str]") -> Source:
    file, frame = split_frame(str(row["source"]))
    return Source(
        str(row["image"]),
        file,
        frame=frame if file != row["source"] else 0,
        columns={str(column): str(value) for column, value in row.items()},
    )


def _kept(frame: pd.DataFrame, expression: str | None, where: str) -> list[int]:
    if expression is None:
        return list(range(len(frame)))
    return [row for row, kept in enumerate(select_rows(frame, expression, where=where)) if kept]
