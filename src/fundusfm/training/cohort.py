"""The rows that a downstream task is learnt from and tested on, and the refusal of data that leaks between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.manifest.labels import Targets, Task, column_text, read_targets
from fundusfm.data.manifest.select import select
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.manifest.words import comparison_notes
from fundusfm.data.store.reader import Store, open_store
from fundusfm.errors import ConfigError, LabelError, StoreError
from fundusfm.evaluation.table import CV
from fundusfm.models.bundle import Bundle
from fundusfm.models.overlap import training_overlap


@dataclass(frozen=True)
class Cohort:
    """Photographs with the task's targets.

    Attributes:
        store: The whole store.
        rows: int (n,), positions in the store of the photographs used.
        targets: The n rows' targets.
        groups: (n,) patient of every row.
    """

    store: Store
    rows: NDArray[np.int64]
    targets: Targets
    groups: NDArray[np.object_]

    @property
    def name(self) -> str:
        """The data set's name."""
        return self.store.name

    @property
    def view(self) -> Store:
        """The n photographs as a store."""
        return self.store.take(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def read_training(
    source: str, labels: Sequence[str], *, task: Task, expression: str | None, log: Callable[[str], None]
) -> Cohort:
    """Reads the rows that folds are made of; rows without any known label are left out.

    Raises:
        StoreError: There is no store.
        SelectError: The selection cannot be read or keeps no row.
        LabelError: A label column is missing or holds a value outside its set, no row has a known label, or a label
            has one class only.
    """
    store = open_store(source)
    refuse_repeated(store)
    where = str(store.path)
    mask = np.ones(len(store), bool) if expression is None else select(store.frame, expression, where=where)
    targets = read_targets(store.frame[mask], labels, task=task, where=where)
    for note in comparison_notes(store.frame[mask], labels):
        log(note)
    known = targets.known()
    if not known.any():
        raise LabelError(
            f"{where}: none of the {int(mask.sum())} rows has a known {' or '.join(labels)}; fill the "
            "column, or widen --select."
        )
    if not known.all():
        log(f"{where}: {int((~known).sum())} rows have no known label and are left out")
    rows = np.flatnonzero(mask)[known]
    cohort = Cohort(
        store,
        rows,
        Targets(targets.labels, targets.values[known], task, targets.classes, targets.ordered),
        patient_groups(store.frame.iloc[rows]),
    )
    check_classes(cohort.targets.labels, cohort.targets.values, where=where, log=log)
    return cohort


def check_classes(
    labels: Sequence[str], targets: NDArray[np.float32], *, where: str, log: Callable[[str], None]
) -> None:
    """Says how many positives each label has, and refuses a label that has one class only.

    Args:
        labels: Names of the columns.
        targets: float (rows, labels) of 0 and 1, NaN where unknown.
        where: The stores, for the sentence.
        log: Receives a line per label.

    Raises:
        LabelError: Names the label and its numbers.
    """
    for label, column in zip(labels, targets.T, strict=True):
        positives, known = int(np.nansum(column)), int((~np.isnan(column)).sum())
        log(f"label {label}: {positives} positive of {known} known")
        if positives in (0, known):
            raise LabelError(
                f"Label {label} has {positives} positives among {known} known rows of {where}: it needs both classes; "
                "check the column's name and --select.",
                code="ONE-CLASS",
            )


def read_external(
    sources: Sequence[str], training: Cohort, labels: Sequence[str], *, start: Bundle, log: Callable[[str], None]
) -> list[Cohort]:
    """Reads external sets, whole; a label that one lacks is unknown there.

    Raises:
        ConfigError: A set shares photographs or patients with the training rows, the weights were trained on it, or two
            sets have one name.
    """
    cohorts: list[Cohort] = []
    for source in sources:
        store = open_store(source)
        if store.name == CV or store.name in [cohort.name for cohort in cohorts]:
            raise ConfigError(f"--external {source}: the name {store.name} is taken; name it with NAME={store.path}.")
        refuse_repeated(store)
        refuse_leak(training, store)
        if seen := training_overlap(start, store):
            raise ConfigError(
                f"--external {source}: the weights were trained on {seen}, such as "
                f"{store.frame['image'].iloc[seen.first]}, so it is no external set: leave them out."
            )
        targets = read_targets(
            store.frame,
            labels,
            task=training.targets.task,
            where=str(store.path),
            classes=training.targets.classes,
            missing_ok=True,
        )
        if targets.task != "multiclass":
            targets = _with_columns_of_that_name(targets, store, log)
        lacking = [label for place, label in enumerate(targets.labels) if np.isnan(targets.values[:, place]).all()]
        if lacking:
            log(f"external {store.name}: no known {', '.join(lacking)}, so there is nothing to measure there")
        cohorts.append(Cohort(store, np.arange(len(store)), targets, patient_groups(store.frame)))
    return cohorts


def _with_columns_of_that_name(targets: Targets, store: Store, log: Callable[[str], None]) -> Targets:
    """Fills a label of which nothing is known, as its source column is missing, from a 0/1 column of its own name."""
    values = targets.values.copy()
    for place, label in enumerate(targets.labels):
        if label not in store.frame or not np.isnan(values[:, place]).all():
            continue
        cells = column_text(store.frame, label)
        if cells.isin(("0", "1", "")).all() and (cells != "").any():
            values[:, place] = pd.to_numeric(cells.where(cells != ""), errors="coerce").to_numpy(np.float32)
            log(f"external {store.name}: {label} is taken from the column of that name")
    return replace(targets, values=values)


def refuse_repeated(store: Store) -> None:
    """Refuses a store that holds a photograph twice, as stores of earlier versions may.

    Raises:
        StoreError: Names the photograph.
    """
    again = store.frame.duplicated(["dataset", "image"] if "dataset" in store.frame else ["image"])
    if again.any():
        raise StoreError(
            f"{store.path} holds {store.frame['image'][again].iloc[0]} twice: prepare it again with "
            "fundusfm data prepare --overwrite, which keeps one of equal rows.",
            code="REPEATED",
        )


def refuse_leak(training: Cohort, external: Store) -> None:
    """Refuses an external set that shares photographs or patients with the training rows.

    Raises:
        ConfigError: Names how many are shared and one of them.
    """
    seen = training.store.frame.iloc[training.rows]
    shared = external.frame[external.frame["sha256"].isin(set(seen["sha256"]))]
    if len(shared):
        raise ConfigError(
            f"External set {external.name} ({external.path}) shares {len(shared)} photographs with the "
            f"training data {training.store.path} (the same file, such as {shared['image'].iloc[0]}): it "
            "would measure memory. Remove them from one of the two."
        )
    keys, known = _patients(external.frame, external.name), _patients(seen, training.name)
    both = sorted((set(keys) & set(known)) - {""})
    if both:
        dataset, patient = both[0].split("\n")
        raise ConfigError(
            f"External set {external.name} ({external.path}) shares {len(both)} patients with the "
            f"training data {training.store.path} (such as patient {patient} of {dataset}): remove them "
            "from one of the two. If they only look alike, give the sets different `dataset` columns."
        )


def dataset_column(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    """Returns the data set of every row: its `dataset` cell, else the store's name."""
    if "dataset" not in frame:
        return pd.Series(name, index=frame.index, dtype=object)
    cells = column_text(frame, "dataset")
    return cells.where(cells != "", name)


def _patients(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    if "patient" not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    patient = column_text(frame, "patient")
    return (dataset_column(frame, name) + "\n" + patient).where(patient != "", "")
