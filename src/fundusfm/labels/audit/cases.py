"""The photographs of a run whose labels are judged: out-of-fold scores beside the columns of their table."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.manifest.labels import Task, column_text
from fundusfm.data.manifest.table import read_manifest
from fundusfm.data.store.reader import Store, open_store
from fundusfm.errors import EvaluationError, ManifestError, StoreError
from fundusfm.evaluation.crossfit import cross_fitted
from fundusfm.evaluation.table import CV, PredictionTable, check_predictions, table
from fundusfm.report.read import read_run


@dataclass(frozen=True)
class Cases:
    """Photographs with their labels and the scores of models that never saw their patients.

    Attributes:
        table: Labels and scores.
        predictions: The same as rows of image and label.
        frame: One row per photograph, in the order of `table`: every column that is known of it, as text.
        places: int (n,), position of each photograph in `store`; -1 where the store lacks it.
        store: The prepared photographs; None where they are not to be had.
        task: Kind of task.
        column: The class column of a multiclass task; empty for any other.
    """

    table: PredictionTable
    predictions: pd.DataFrame
    frame: pd.DataFrame
    places: NDArray[np.intp]
    store: Store | None
    task: Task
    column: str

    def __len__(self) -> int:
        return len(self.frame)

    def crop(self, row: int) -> NDArray[np.uint8] | None:
        """Returns a photograph's crop, uint8 (size, size, 3) RGB; None where the store lacks it."""
        return None if self.store is None or self.places[row] < 0 else self.store.image(int(self.places[row]))


def read_cases(run: str, *, data: str | None, manifest: str | None) -> Cases:
    """Reads a run's out-of-fold predictions and joins what is known of its photographs.

    Args:
        run: Run folder.
        data: Store; that of the run's configuration where not given, if it is still there.
        manifest: Table with further columns, joined by `image`; they win over the store's.

    Raises:
        RunFolderError: The folder is no run.
        EvaluationError: The run has no out-of-fold predictions.
        StoreError: The store that was named cannot be opened, or holds none of the photographs.
        ManifestError: The manifest cannot be read, names a photograph twice, or names none of them.
    """
    found = read_run(run)
    predictions = found.predictions[found.predictions["set"] == CV].reset_index(drop=True)
    if predictions.empty:
        raise EvaluationError(
            f"{run} holds no out-of-fold predictions: give a finished run of fundusfm probe or fundusfm finetune."
        )
    check_predictions(predictions, f"{run}/predictions.parquet")
    task: Task = found.config.get("task", "multilabel")
    if "probability" not in predictions:
        predictions = cross_fitted(predictions, task=task)
    cases = table(predictions, CV)
    store = _store(data, found.config.get("data"))
    frame = cases.images.drop(columns=["set", "label", "truth", "score", "probability"], errors="ignore")
    frame = frame[[name for name in frame if not str(name).startswith("threshold@")]].reset_index(drop=True)
    places = np.full(len(frame), -1)
    if store is not None:
        places = _join(store.frame["image"], frame["image"])
        if (places < 0).all():
            raise StoreError(f"{store.path} holds none of the photographs of {run}: name its store with --data.")
        frame = _with_columns(frame, store.frame, places)
    if manifest is not None:
        further = read_manifest(manifest).frame
        twice = further["image"][further["image"].duplicated()]
        if len(twice):
            raise ManifestError(f"{manifest} names {twice.iloc[0]} more than once: keep one row of it.", code="ROW")
        rows = _join(further["image"], frame["image"])
        if (rows < 0).all():
            raise ManifestError(
                f"{manifest} names none of the photographs of {run}, such as {frame['image'].iloc[0]}: its column "
                "`image` must hold the same names.",
                code="ROW",
            )
        frame = _with_columns(frame, further, rows)
    labels = found.config.get("labels") or []
    return Cases(cases, predictions, frame, places, store, task, str(labels[0]) if task == "multiclass" else "")


def _store(named: str | None, recorded: str | None) -> Store | None:
    if named is not None:
        return open_store(named)
    try:
        return open_store(recorded) if recorded else None
    except StoreError:  # moved or removed since; the scores are enough to judge labels
        return None


def _join(names: "pd.Series[str]", wanted: "pd.Series[str]") -> NDArray[np.intp]:
    """Returns the position in `names` of each wanted name; -1 where it is not there, the first where it is twice."""
    position = pd.Series(np.arange(len(names)), index=names.astype(str).to_numpy())
    position = position[~position.index.duplicated()]
    return position.reindex(wanted.astype(str)).fillna(-1).to_numpy(np.intp)


def _with_columns(frame: pd.DataFrame, other: pd.DataFrame, rows: NDArray[np.intp]) -> pd.DataFrame:
    """Adds the other table's columns, or replaces them where its cell is not empty."""
    there = rows >= 0
    for name in other.columns:
        cells = column_text(other, name).to_numpy()
        taken = np.where(there, cells[np.maximum(rows, 0)], "")
        before = column_text(frame, name).to_numpy() if name in frame else np.full(len(frame), "")
        frame = frame.assign(**{str(name): np.where(taken != "", taken, before).astype(object)})
    return frame


def source_path(cases: Cases, row: int) -> str:
    """Returns where a photograph's original is: the path that the store recorded, else its name."""
    cells = cases.frame.iloc[row]
    source = str(cells.get("source", ""))
    return source if source and Path(source).is_absolute() else str(cells["image"])
