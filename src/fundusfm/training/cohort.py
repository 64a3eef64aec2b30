"""The rows that a downstream task is learnt from and tested on, and the refusal of data that leaks between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.manifest.labels import Targets, Task, column_text, read_targets
from fundusfm.data.manifest.select import columns_named, select
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.data.store.reader import Store, open_store
from fundusfm.errors import ConfigError, LabelError
from fundusfm.evaluation.table import CV
from fundusfm.models.card.schema import Card


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
        LabelError: A label column is missing or holds a value outside its set, or no row has a known label.
    """
    store = open_store(source)
    where = str(store.path)
    mask = np.ones(len(store), bool) if expression is None else select(store.frame, expression, where=where)
    targets = read_targets(store.frame[mask], labels, task=task, where=where)
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
    for label, column in zip(targets.labels, cohort.targets.values.T, strict=True):
        log(f"label {label}: {int(np.nansum(column))} positive of {int((~np.isnan(column)).sum())} known")
    return cohort


def read_external(
    sources: Sequence[str], training: Cohort, labels: Sequence[str], *, card: Card, log: Callable[[str], None]
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
        refuse_leak(training, store)
        if overlap := upstream_overlap(card, store, np.arange(len(store))):
            raise ConfigError(
                f"--external {source}: the weights were trained on {overlap} of its photographs, as "
                "their card says, so it is no external set; leave it out."
            )
        targets = read_targets(
            store.frame,
            labels,
            task=training.targets.task,
            where=str(store.path),
            classes=training.targets.classes,
            missing_ok=True,
        )
        lacking = [label for place, label in enumerate(targets.labels) if np.isnan(targets.values[:, place]).all()]
        if lacking:
            log(f"external {store.name}: no known {', '.join(lacking)}, so there is nothing to measure there")
        cohorts.append(Cohort(store, np.arange(len(store)), targets, patient_groups(store.frame)))
    return cohorts


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


def upstream_overlap(card: Card, store: Store, rows: NDArray[np.int64]) -> int:
    """Returns how many of the rows the weights were trained on, as far as the card's hashes tell."""
    for data in card.training_data:
        if data.hash == store.hash:
            if data.select is None or not _applies(data.select, store.frame):
                return len(rows)
            return int(select(store.frame, data.select, where=str(store.path))[rows].sum())
    return 0


def _applies(expression: str, frame: pd.DataFrame) -> bool:
    columns = [str(column) for column in frame.columns]
    return bool(set(columns_named(expression, columns)) & set(columns))


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
