"""Faults of a manifest that its table alone shows: labels, eyes, parts, repeated paths."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from fundusfm.data.manifest.fault import Fault, rows_of
from fundusfm.data.manifest.identity import identity_faults, one_spelling
from fundusfm.data.manifest.labels import Task, column_text, read_targets, row_number
from fundusfm.errors import LabelError

PARTS = ("part", "split", "fold")
"""Columns whose values must not share a patient."""

_EYES = ("left", "right", "")


def table_faults(frame: pd.DataFrame, labels: Sequence[str], *, task: Task, where: str) -> list[Fault]:
    """Returns the faults of a manifest's table.

    Args:
        frame: The manifest.
        labels: Label columns or comparisons.
        task: Kind of task.
        where: The manifest's path.

    Raises:
        LabelError: A label column is missing.
    """
    faults = [*_repeated_paths(frame), *_eyes(frame), *identity_faults(frame), *_shared_patients(frame)]
    for label in labels:
        faults += _label_faults(frame, label, task, where)
    return faults


def _repeated_paths(frame: pd.DataFrame) -> Iterator[Fault]:
    paths = column_text(frame, "image")
    for path, positions in paths.groupby(paths, sort=False).indices.items():
        if not path:
            for place in positions:
                yield Fault(
                    "missing_file",
                    (row_number(frame, int(place)),),
                    "image",
                    "names no image",
                    "give its path, or remove the row",
                )
        elif len(positions) > 1:
            yield Fault(
                "repeated_path",
                rows_of(frame, positions),
                "image",
                f"{path} is named {len(positions)} times",
                "keep one of these rows",
            )


def _eyes(frame: pd.DataFrame) -> Iterator[Fault]:
    if "eye" not in frame:
        return
    eyes = column_text(frame, "eye")
    for place in np.flatnonzero(~eyes.isin(_EYES)):
        yield Fault(
            "bad_value",
            (row_number(frame, int(place)),),
            "eye",
            f"{eyes.iloc[place]!r} is no eye",
            "write left or right, or leave it empty",
        )


def _shared_patients(frame: pd.DataFrame) -> Iterator[Fault]:
    if "patient" not in frame:
        return
    datasets = column_text(frame, "dataset") if "dataset" in frame else pd.Series("", index=frame.index)
    patients = one_spelling(column_text(frame, "patient"), datasets)
    for column in PARTS:
        if column not in frame:
            continue
        parts = column_text(frame, column)
        known = (patients != "") & (parts != "")
        for (dataset, patient), group in parts[known].groupby([datasets[known], patients[known]], sort=False):
            if group.nunique() > 1:
                of = f" of {dataset}" if dataset else ""
                yield Fault(
                    "patient_in_two_parts",
                    rows_of(frame, frame.index.get_indexer(group.index)),
                    column,
                    f"patient {patient}{of} is in {column} {' and '.join(sorted(group.unique()))}",
                    f"put all photographs of a patient into one {column}",
                )


def _label_faults(frame: pd.DataFrame, label: str, task: Task, where: str) -> Iterator[Fault]:
    rest = frame
    try:
        targets = read_targets(rest, [label], task="multiclass" if task == "multiclass" else "binary", where=where)
    except LabelError:
        if task == "multiclass" and label in frame:  # any text is a class, so only their number can be wrong
            known = int((column_text(frame, label) != "").sum())
            yield _one_class(label, f"{known} known rows hold one class only" if known else "no row is known")
            return
        # The reader names the first bad cell only: all are listed here, and it is asked again without them.
        bad = _bad_cells(frame, label)
        if not len(bad):
            raise
        cells = column_text(frame, label)
        for place in bad:
            yield Fault(
                "bad_label",
                (row_number(frame, int(place)),),
                label,
                f"{cells.iloc[place]!r} is no label",
                "write 0 or 1, or leave it empty where it is unknown (words for that are declared with --missing)",
            )
        rest = frame.drop(index=frame.index[bad])
        targets = read_targets(rest, [label], task="binary", where=where)
    yield from _single_class(rest, label, targets.values)


def _bad_cells(frame: pd.DataFrame, label: str) -> np.ndarray:
    """Returns the positions of cells that are neither empty nor 0 nor 1; none for a comparison or a missing column."""
    if label not in frame:
        return np.empty(0, int)
    cells = column_text(frame, label)
    numbers = pd.to_numeric(cells, errors="coerce")
    return np.flatnonzero((cells != "") & ~numbers.isin([0, 1]))


def _single_class(frame: pd.DataFrame, label: str, values: np.ndarray) -> Iterator[Fault]:
    known = ~np.isnan(values).any(axis=1)
    classes = values.argmax(axis=1) if values.shape[1] > 1 else values[:, 0]
    if len(np.unique(classes[known])) < 2:
        yield _one_class(label, f"{known.sum()} known rows hold one class only" if known.any() else "no row is known")
        return
    if "fold" not in frame:
        return
    folds = column_text(frame, "fold")
    for fold in sorted(folds[folds != ""].unique()):
        inside = known & (folds == fold).to_numpy()
        if len(np.unique(classes[inside])) < 2:
            yield Fault(
                "single_class",
                (),
                label,
                f"fold {fold} holds one class only ({int(inside.sum())} known rows)",
                "make folds that are stratified by the label",
            )


def _one_class(label: str, message: str) -> Fault:
    return Fault("single_class", (), label, message, "add photographs of another class, or leave this label out")
