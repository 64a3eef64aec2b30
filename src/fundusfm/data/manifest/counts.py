"""How many photographs and patients stand behind each label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundusfm.data.manifest.fault import Fault
from fundusfm.data.manifest.labels import Task, read_targets
from fundusfm.data.manifest.missing import is_missing_word
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.errors import LabelError

_FOLDS = 5
"""Folds that `probe` and `finetune` make unless told otherwise."""


@dataclass(frozen=True)
class LabelCount:
    """What stands behind a label, or behind a class of a multiclass column.

    Attributes:
        label: Name of the label, or `COLUMN: CLASS`.
        column: The label as it was asked for.
        positives: Positive photographs.
        known: Photographs whose label is known.
        patients: Patients with a positive photograph; photographs without a patient count as one each.
        unknown: Photographs whose label is unknown.
    """

    label: str
    column: str
    positives: int
    known: int
    patients: int
    unknown: int

    def text(self) -> str:
        """Returns the counts as a line for people."""
        return f"label {self.label}: positive in {self.positives} of {self.known} known photographs, of {self.people}"

    @property
    def people(self) -> str:
        """The number of positive patients in words."""
        return f"{self.patients} {'patient' if self.patients == 1 else 'patients'}"


def label_counts(frame: pd.DataFrame, labels: Sequence[str], *, task: Task, where: str) -> list[LabelCount]:
    """Counts each label; one whose cells are faults is left out.

    Args:
        frame: The manifest.
        labels: Label columns or comparisons.
        task: Kind of task.
        where: What messages call the manifest.
    """
    groups = patient_groups(frame)
    counts = []
    for label in labels:
        try:
            targets = read_targets(frame, [label], task="multiclass" if task == "multiclass" else "binary", where=where)
        except LabelError:
            continue
        for place, name in enumerate(targets.labels):
            known, positive = ~np.isnan(targets.values[:, place]), targets.values[:, place] == 1
            counts.append(
                LabelCount(
                    f"{label}: {name}" if targets.classes else name,
                    label,
                    int(positive.sum()),
                    int(known.sum()),
                    len(np.unique(groups[positive])),
                    int((~known).sum()),
                )
            )
    return counts


def rare_labels(counts: Sequence[LabelCount]) -> Iterator[Fault]:
    """Yields the labels that have fewer positive patients than there are folds: some folds cannot measure them."""
    for count in counts:
        name = count.label.removeprefix(f"{count.column}: ")
        if count.patients < _FOLDS and not is_missing_word(name):
            yield Fault(
                "rare_label",
                (),
                count.column,
                f"{name} is positive in {count.people}, fewer than the {_FOLDS} folds",
                "add patients with it, leave it out, or expect folds without a value",
            )
