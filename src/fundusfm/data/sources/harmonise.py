"""Labels that mean the same in every data set, made by the rules of one readable table, `harmonisation.csv`.

Each line of the table says for one source when a label is 1 and when it is 0, as selections over its own
columns (`fundusfm.data.manifest.select`), and why. A row that neither rule keeps is unknown. A source has no line for
a label that its own labels cannot tell.
"""

import csv
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import pandas as pd

from fundusfm.data.manifest.select import matching

_TABLE = files("fundusfm.data.sources") / "harmonisation.csv"


class Rule(NamedTuple):
    """One line of the table.

    Attributes:
        source: The source's name.
        label: The harmonised label.
        positive: Selection of the rows where it is 1; empty for none.
        negative: Selection of the rows where it is 0; empty for none.
        note: Why, or what the label cannot tell there.
    """

    source: str
    label: str
    positive: str
    negative: str
    note: str


def harmonisation(source: str | None = None) -> list[Rule]:
    """Returns the table's lines, of one source or of all."""
    lines = csv.DictReader(_TABLE.read_text(encoding="utf-8").splitlines())
    rules = [Rule(**line) for line in lines]
    return [rule for rule in rules if source in (None, rule.source)]


def harmonise(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """Adds the harmonised labels that a source's own columns can tell.

    Args:
        frame: The source's rows, every cell text.
        source: The source's name.

    Returns:
        The frame with one column more per label; one the source has already under that name is replaced.

    Raises:
        SelectError: A rule names a column that the frame lacks.
    """
    frame = frame.copy()
    for rule in harmonisation(source):
        where = f"{source}, rule for {rule.label}"
        values = np.full(len(frame), "", dtype=object)
        for text, expression in (("0", rule.negative), ("1", rule.positive)):
            if expression:
                values[matching(frame, expression, where=where)] = text
        frame[rule.label] = values
    return frame
