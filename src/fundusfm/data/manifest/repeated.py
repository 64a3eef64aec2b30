"""Rows that list one photograph again."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.data.manifest.labels import column_text, row_number
from fundusfm.errors import ManifestError

_SHOWN = 6


def repeated_rows(frame: pd.DataFrame, paths: Sequence[Path], *, where: str) -> dict[int, int]:
    """Finds the rows whose photograph an earlier row lists with the same cells.

    Args:
        frame: The manifest.
        paths: The photograph of each row.
        where: What messages call the manifest.

    Returns:
        Position of each such row, and the row number of the first that lists its photograph.

    Raises:
        ManifestError: Rows of one photograph contradict each other; the sentence names the rows and the columns.
    """
    images = column_text(frame, "image")
    keys = pd.Series([str(path) for path in paths], index=frame.index, dtype=object).where(images != "")
    again = np.flatnonzero((keys.duplicated() & keys.notna()).to_numpy())
    if not len(again):
        return {}
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        if isinstance(key, str):
            first.setdefault(key, place)
    columns = [str(column) for column in frame.columns if column != "image"]
    found, apart = {}, []
    for place in map(int, again):
        kept = first[keys.iloc[place]]
        differ = [name for name in columns if frame[name].iloc[place] != frame[name].iloc[kept]]
        found[place] = row_number(frame, kept)
        if differ:
            apart.append(f"rows {found[place]} and {row_number(frame, place)} ({', '.join(differ)})")
    if apart:
        more = f" and {len(apart) - _SHOWN} more" if len(apart) > _SHOWN else ""
        raise ManifestError(
            f"{where} lists one photograph in rows that differ: {'; '.join(apart[:_SHOWN])}{more}. Find out which row "
            "is right and keep that one."
        )
    return found
