"""The cells that say which model, operating point and code made a row; the same in every row of a table."""

from importlib import metadata
from typing import TYPE_CHECKING

from fundusfm.screening.screener import Screener

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("model", "weights_sha256", "operating_point", "fundusfm")
STRUCTURES = ("structures_model", "structures_sha256")


def with_provenance(table: "pd.DataFrame", screener: Screener) -> "pd.DataFrame":
    """Returns a table with the columns `COLUMNS` at its end, and `STRUCTURES` where structures were looked for.

    Args:
        table: Rows of `Screener.screen`, or what was made from them.
        screener: What made them. Names and hashes of an ensemble are joined by `+`.
    """
    import pandas as pd

    bundles = [member.bundle for member in screener.ensemble.members]
    cells = (
        "+".join(bundle.card.name for bundle in bundles),
        "+".join(bundle.hash for bundle in bundles),
        screener.operating_point or "",
        metadata.version("fundusfm"),
    )
    named = dict(zip(COLUMNS, cells, strict=True))
    if (finder := screener.structures) is not None:
        named |= dict(zip(STRUCTURES, (finder.name, finder.hash), strict=True))
    return table.assign(**{name: pd.Series(cell, table.index, "string") for name, cell in named.items()})
