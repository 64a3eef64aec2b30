"""Words that people write where they know nothing."""

from collections.abc import Iterable

import pandas as pd

_WORDS = frozenset(
    (
        *("na", "n/a", "n.a.", "nan", "null", "nil", "none", "missing", "-", "--", "?", ".", "#n/a", "#value!", "<na>"),
        *("unknown", "unk", "not known", "not available", "anonymous", "anonymized", "anonymised", "anon", "xxx"),
    )
)


def is_missing_word(text: str) -> bool:
    """Whether a cell says in a word that its value is not known, such as `NA` or `unknown`; an empty cell does not."""
    return text.strip().casefold() in _WORDS


def without_words(table: pd.DataFrame, words: Iterable[str]) -> pd.DataFrame:
    """Empties the cells that hold one of the words, whatever their case.

    Args:
        table: Text cells.
        words: What stands for a missing value; each may be several, separated by commas.
    """
    wanted = {word.strip().casefold() for given in words for word in given.split(",")} - {""}
    if not wanted:
        return table
    emptied = {name: cells.where(~cells.str.casefold().isin(wanted), "") for name, cells in table.items()}
    return pd.DataFrame(emptied, index=table.index)
