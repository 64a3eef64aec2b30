"""What a comparison of words such as `Diagnosis!=normal` counts as positive: a misspelt word is on the wrong side."""

from collections.abc import Sequence

import pandas as pd

from fundusfm.data.manifest.labels import column_text, named_label, word_comparison

_MOST = 12
_SHORTEST, _LONG = 4, 10
"""Letters of a word that can be misspelt, and of one that can be misspelt twice."""


def comparison_notes(frame: pd.DataFrame, labels: Sequence[str]) -> list[str]:
    """Returns a sentence for each label that compares words: what counts as positive and negative, and look-alikes.

    Args:
        frame: A manifest's or a store's frame.
        labels: Label columns or comparisons, as typed.
    """
    notes = []
    for label in labels:
        name, rule = named_label(label, frame.columns)
        found = word_comparison(rule, frame.columns)
        if found is None:
            continue
        column, same, value = found
        cells = column_text(frame, column)
        counts = cells[cells != ""].value_counts()
        equal = [str(word).casefold() == value.casefold() for word in counts.index]
        sides = [counts[[is_equal == positive for is_equal in equal]] for positive in (same, not same)]
        alike = [f"`{word}` looks like `{value}`" for word in counts.index if looks_like(str(word), value)]
        notes.append(
            f"label {name}: positive are {_listed(sides[0])}; negative are {_listed(sides[1])}"
            + (f"; is it misspelt? {', '.join(alike)}" if alike else "")
        )
    return notes


def looks_like(word: str, other: str) -> bool:
    """Whether two different words are probably one: a letter or two are missing, added, changed or in the wrong order.

    Words that differ in a digit, such as grades, are different.
    """
    one, two = (" ".join(text.casefold().split()) for text in (word, other))
    digits = ["".join(sign for sign in text if sign.isdigit()) for text in (one, two)]
    length = min(len(one), len(two))
    if one == two or digits[0] != digits[1] or length < _SHORTEST:
        return False
    letters = ["".join(sign for sign in text if sign.isalnum()) for text in (one, two)]
    return _distance(*letters) <= (2 if length >= _LONG else 1)


def _distance(one: str, two: str) -> int:
    """Least number of letters added, left out, changed or exchanged with their neighbour."""
    rows = [list(range(len(two) + 1))]
    for i, sign in enumerate(one, start=1):
        row = [i]
        for j, other in enumerate(two, start=1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (sign != other)))
            if i > 1 and j > 1 and sign == two[j - 2] and one[i - 2] == other:
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


def _listed(counts: "pd.Series[int]") -> str:
    named = [f"{word} ({count})" for word, count in counts.items()]
    return ", ".join([*named[:_MOST], *([f"and {len(named) - _MOST} more"] if len(named) > _MOST else [])]) or "none"
