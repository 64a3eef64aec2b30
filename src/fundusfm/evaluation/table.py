"""Predictions of one set as arrays of images by labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.data.manifest.labels import column_text
from fundusfm.data.manifest.splits import patient_groups
from fundusfm.errors import EvaluationError
from fundusfm.evaluation.weighted import Array

CV = "cv"
"""Name of the set that holds the out-of-fold predictions of cross-validation."""

COLUMNS = ("set", "dataset", "image", "patient", "label", "fold", "truth", "score")
"""What `predictions.parquet` must hold; `probability` and `threshold@POINT` columns may follow."""

THRESHOLD_PREFIX = "threshold@"

REFER = "refer"
"""Column of the referral rule's decision about the image, 1 or 0, in predictions of a model that has a rule."""


@dataclass(frozen=True)
class PredictionTable:
    """Predictions of one set, one row per image and one column per label.

    Attributes:
        name: `cv`, or the external set's name.
        labels: Column names.
        images: One row per image with the columns that belong to the image, such as `patient` and `sex`.
        patients: Group of each image for resampling; an image of unknown patient is its own group. Shape `(n,)`.
        folds: Test fold of each image, from 1; -1 in an external set. Shape `(n,)`.
        truth: Zeros and ones, NaN where unknown. Shape `(n, labels)`.
        score: Uncalibrated score in 0..1, same shape.
        probability: Calibrated probability in 0..1, same shape.
        thresholds: Operating point name to threshold, same shape; NaN where there is none.
    """

    name: str
    labels: list[str]
    images: pd.DataFrame
    patients: npt.NDArray[np.intp]
    folds: npt.NDArray[np.intp]
    truth: Array
    score: Array
    probability: Array
    thresholds: dict[str, Array]

    @property
    def noun(self) -> str:
        """What is resampled: `patient`, or `image` where no patient is known."""
        known = "patient" in self.images and (column_text(self.images, "patient") != "").any()
        return "patient" if known else "image"

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "PredictionTable":
        """Returns some images, by mask or by positions."""
        positions = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return PredictionTable(
            self.name,
            self.labels,
            self.images.iloc[positions],
            self.patients[rows],
            self.folds[rows],
            self.truth[rows],
            self.score[rows],
            self.probability[rows],
            {point: values[rows] for point, values in self.thresholds.items()},
        )


def image_keys(predictions: pd.DataFrame) -> pd.Series:
    """Returns what tells one image from another across data sets."""
    return predictions["dataset"].astype(str) + "\n" + predictions["image"].astype(str)


def check_predictions(predictions: pd.DataFrame, where: str) -> None:
    """Refuses a table that is not one of predictions.

    Raises:
        EvaluationError: A column is missing, there is no row, a score lies outside 0..1 or is not a number, a truth
            is not 0, 1 or unknown, or an image has two predictions of one label in one set.
    """
    missing = [column for column in COLUMNS if column not in predictions]
    if missing:
        raise EvaluationError(
            f"{where} lacks the column {', '.join(missing)}: predictions need {', '.join(COLUMNS)}, "
            "as written by fundusfm probe, finetune and evaluate."
        )
    if predictions.empty:
        raise EvaluationError(f"{where} holds no predictions: nothing to evaluate.")
    score = predictions["score"].to_numpy(dtype=np.float64)
    outside = ~((score >= 0) & (score <= 1))
    if outside.any():
        row = predictions[outside].iloc[0]
        raise EvaluationError(
            f"{where}: the score of {row['image']} for {row['label']} is {row['score']}, expected a "
            "number from 0 to 1: give scores after a sigmoid or softmax, not logits."
        )
    truth = predictions["truth"].to_numpy(dtype=np.float64)
    odd = ~(np.isnan(truth) | np.isin(truth, (0.0, 1.0)))
    if odd.any():
        row = predictions[odd].iloc[0]
        raise EvaluationError(
            f"{where}: the truth of {row['image']} for {row['label']} is {row['truth']}, expected 0, "
            "1 or empty (unknown)."
        )
    twice = predictions.duplicated(["set", "dataset", "image", "label"])
    if twice.any():
        row = predictions[twice].iloc[0]
        raise EvaluationError(
            f"{where}: {row['image']} has two predictions of {row['label']} in the set {row['set']}: "
            "each image must be listed once; fundusfm data check finds the rows."
        )


def set_names(predictions: pd.DataFrame) -> list[str]:
    """Returns the sets in order of appearance."""
    return [str(name) for name in predictions["set"].drop_duplicates()]


def label_names(predictions: pd.DataFrame, name: str) -> list[str]:
    """Returns a set's labels in order of appearance."""
    return [str(label) for label in predictions.loc[predictions["set"] == name, "label"].drop_duplicates()]


def positions(part: pd.DataFrame, labels: Sequence[str]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Returns the row and the column of each prediction of one set in its table, each of shape `(len(part),)`."""
    return pd.factorize(image_keys(part))[0], pd.Index(list(labels)).get_indexer(pd.Index(part["label"].astype(str)))


def table(predictions: pd.DataFrame, name: str, labels: Sequence[str] | None = None) -> PredictionTable:
    """Arranges one set's predictions as images by labels.

    Args:
        predictions: Checked by `check_predictions`.
        name: The set.
        labels: Labels to take, in order; all by appearance where not given.
    """
    part = predictions[predictions["set"] == name]
    columns = label_names(predictions, name) if labels is None else list(labels)
    part = part[part["label"].isin(columns)]
    row, column = positions(part, columns)
    images = part[~image_keys(part).duplicated()].reset_index(drop=True)

    def fill(values: pd.Series) -> Array:
        result = np.full((len(images), len(columns)), np.nan)
        result[row, column] = values.to_numpy(dtype=np.float64)
        return result

    score = fill(part["score"])
    return PredictionTable(
        name=name,
        labels=columns,
        images=images,
        patients=np.unique(patient_groups(images), return_inverse=True)[1],
        folds=images["fold"].to_numpy(dtype=np.intp),
        truth=fill(part["truth"]),
        score=score,
        probability=fill(part["probability"].fillna(part["score"])) if "probability" in part else score,
        thresholds={
            key.removeprefix(THRESHOLD_PREFIX): fill(part[key])
            for key in map(str, part.columns)
            if key.startswith(THRESHOLD_PREFIX)
        },
    )
