"""Fits calibration and thresholds to cross-validated predictions, without the fold that they are used on."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fundusfm.data.manifest.labels import Task
from fundusfm.errors import EvaluationError
from fundusfm.evaluation.calibration import fit_temperature
from fundusfm.evaluation.operating_points import POINTS, operating_points
from fundusfm.evaluation.table import (
    CV,
    THRESHOLD_PREFIX,
    PredictionTable,
    check_predictions,
    positions,
    set_names,
    table,
)
from fundusfm.evaluation.weighted import Array
from fundusfm.models.calibrate import apply_temperature
from fundusfm.models.card.schema import ALL, OperatingPoint


@dataclass(frozen=True)
class Calibration:
    """Turns scores into probabilities and decisions; the card holds the same.

    Attributes:
        temperature: By label; under `*` for a multiclass model.
        operating_points: By label and name; a label that lacks a class has none.
    """

    temperature: dict[str, float] = field(default_factory=dict)
    operating_points: dict[str, dict[str, OperatingPoint]] = field(default_factory=dict)

    def probability(self, predictions: PredictionTable, task: Task) -> Array:
        """Returns calibrated probabilities, shape `(n, labels)`."""
        if task == "multiclass":
            return apply_temperature(predictions.score, self.temperature[ALL], task)
        return np.column_stack(
            [
                apply_temperature(predictions.score[:, index], self.temperature[label], task)
                for index, label in enumerate(predictions.labels)
            ]
        )

    def threshold(self, labels: list[str], point: str) -> Array:
        """Returns the threshold of each label at a named point, shape `(labels,)`; NaN where there is none."""
        points = [self.operating_points.get(label, {}).get(point) for label in labels]
        return np.array([np.nan if found is None else found.threshold for found in points])


def fit_calibration(predictions: PredictionTable, task: Task) -> Calibration:
    """Fits temperatures and operating points to a table of predictions."""
    truth, score = predictions.truth, predictions.score
    points = {
        label: operating_points(truth[:, index], score[:, index]) for index, label in enumerate(predictions.labels)
    }
    if task == "multiclass":
        return Calibration({ALL: fit_temperature(score, truth, task)}, points)
    return Calibration(
        {
            label: fit_temperature(score[:, index], truth[:, index], task)
            for index, label in enumerate(predictions.labels)
        },
        points,
    )


def final_calibration(predictions: pd.DataFrame, *, task: Task) -> Calibration:
    """Fits what a downstream bundle stores, to all out-of-fold predictions and nothing else.

    Args:
        predictions: Rows of the set `cv` are used; external sets tune nothing.
        task: Task that the labels belong to.

    Raises:
        EvaluationError: There are no out-of-fold predictions, or the table is damaged.
    """
    check_predictions(predictions, "the table of predictions")
    if CV not in set_names(predictions):
        raise EvaluationError(
            f"No prediction belongs to the set {CV!r}: calibration and thresholds are fitted to "
            "out-of-fold predictions, never to an external set."
        )
    return fit_calibration(table(predictions, CV), task)


def cross_fitted(predictions: pd.DataFrame, *, task: Task) -> pd.DataFrame:
    """Adds calibrated probabilities and thresholds, so that no image is judged by a threshold it helped to choose.

    Those of a fold come from the out-of-fold predictions of the *other* folds; those of external sets from all
    out-of-fold predictions, which is also what the bundle stores (`final_calibration`).

    Args:
        predictions: As in `predictions.parquet`; the sets `cv` and any external ones.
        task: Task that the labels belong to.

    Returns:
        A copy with `probability` and one `threshold@POINT` column for each operating point; a threshold is NaN
        where the other folds lack a class.

    Raises:
        EvaluationError: There are no out-of-fold predictions, or the table is damaged.
    """
    final = final_calibration(predictions, task=task)
    result = predictions.copy()
    columns = ["probability", *(THRESHOLD_PREFIX + point for point in POINTS)]
    for column in columns:
        result[column] = np.nan
    for name in set_names(predictions):
        part = table(predictions, name)
        filled = _filled(part, task, final) if name != CV else _out_of_fold(part, task)
        mask = result["set"] == name
        row, column_of = positions(predictions[mask], part.labels)
        for column, values in zip(columns, filled, strict=True):
            result.loc[mask, column] = values[row, column_of]
    return result


def _out_of_fold(part: PredictionTable, task: Task) -> list[Array]:
    filled = [np.full(part.score.shape, np.nan) for _ in range(1 + len(POINTS))]
    for fold in np.unique(part.folds):
        tested = part.folds == fold
        fitted = fit_calibration(part.take(~tested), task)
        for whole, values in zip(filled, _filled(part.take(tested), task, fitted), strict=True):
            whole[tested] = values
    return filled


def _filled(part: PredictionTable, task: Task, fitted: Calibration) -> list[Array]:
    thresholds = [np.broadcast_to(fitted.threshold(part.labels, point), part.score.shape) for point in POINTS]
    return [fitted.probability(part, task), *thresholds]
