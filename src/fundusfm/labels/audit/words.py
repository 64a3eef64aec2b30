"""Finds the words of a free-text column that go with doubtful labels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import hypergeom

from fundusfm.data.manifest.labels import column_text
from fundusfm.errors import LabelError
from fundusfm.evaluation.closed_form import proportion
from fundusfm.evaluation.intervals import ConfidenceInterval
from fundusfm.evaluation.paired import holm

_SEPARATORS = re.compile(r"[,;，；|/]+")
_LEAST = 10
"""Photographs that a word must have to be counted."""


@dataclass(frozen=True)
class Word:
    """A word, or a phrase between separators, and how often its photographs are doubtful.

    Attributes:
        text: The word, in lower case.
        photographs: How many have it.
        doubtful: How many of them are disputed.
        share: The second over the first.
        p: Chance of so many doubtful ones or more among as many photographs drawn at random (hypergeometric), after
            Holm's correction for the number of words.
    """

    text: str
    photographs: int
    doubtful: int
    share: ConfidenceInterval
    p: float


def doubtful_words(frame: pd.DataFrame, column: str, disputed: NDArray[np.bool_]) -> list[Word]:
    """Returns the words of a column, those whose photographs are most often disputed first.

    Args:
        frame: The photographs' table.
        column: Column of free text.
        disputed: (n,) whether a photograph is disputed.

    Raises:
        LabelError: There is no such column.
    """
    if column not in frame:
        raise LabelError(
            f"--words {column}: the photographs' table has no such column; its columns are "
            f"{', '.join(map(str, frame.columns))}.",
            code="COLUMN",
        )
    rows: dict[str, set[int]] = {}
    for row, cell in enumerate(column_text(frame, column)):
        for phrase in _SEPARATORS.split(cell.casefold()):
            if text := " ".join(phrase.split()):
                rows.setdefault(text, set()).add(row)
    counted = {text: sorted(found) for text, found in rows.items() if len(found) >= _LEAST}
    doubtful = {text: int(disputed[found].sum()) for text, found in counted.items()}
    chances = _holm([
        float(hypergeom.sf(doubtful[text] - 1, len(disputed), int(disputed.sum()), len(found)))
        for text, found in counted.items()
    ])  # fmt: skip
    words = [
        Word(
            text,
            len(found),
            doubtful[text],
            ConfidenceInterval(doubtful[text] / len(found), *proportion(doubtful[text] / len(found), len(found))),
            chance,
        )
        for (text, found), chance in zip(counted.items(), chances, strict=True)
    ]
    return sorted(words, key=lambda word: (-word.share.value, -word.photographs))


def _holm(values: Sequence[float]) -> list[float]:
    # A probability that is summed from many terms may exceed 1 by its last digit.
    return holm([min(value, 1.0) for value in values])
