"""From predictions to `metrics.json`: folds, external sets, subgroups, each metric with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from fundusfm.data.manifest.labels import Task
from fundusfm.evaluation.cells import Cell, count_cell, fold_cell, fold_count_cell, mean_defined, value_cell
from fundusfm.evaluation.crossfit import cross_fitted
from fundusfm.evaluation.intervals import REPEATS, patient_weights
from fundusfm.evaluation.metrics import COUNTS
from fundusfm.evaluation.subgroups import few_reason, subgroups
from fundusfm.evaluation.table import CV, THRESHOLD_PREFIX, Table, check_predictions, set_names, table
from fundusfm.evaluation.units import OVERALL, Rows, Unit, label_unit, overall_unit, resample
from fundusfm.evaluation.weighted import YOUDEN, Array
from fundusfm.models.card.schema import OperatingPoint

__all__ = ["MACRO", "OVERALL", "cross_fitted", "summarise"]

MACRO = "macro"
"""Mean over the labels that have a value."""

DEFAULT_THRESHOLD = 0.5
"""Where no operating point is stored."""

Summary = dict[str, dict[str, Cell]]


@dataclass(frozen=True)
class _Options:
    task: Task
    ordered: bool
    repeats: int
    seed: int
    default_points: frozenset[str] = frozenset()


def summarise(
    predictions: pd.DataFrame,
    *,
    task: Task,
    ordered: bool = False,
    operating_points: Mapping[str, Mapping[str, OperatingPoint]] | None = None,
    by: Sequence[str] | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
) -> dict[str, Any]:
    """Computes every metric of a run.

    In cross-validation a metric is computed in each test fold: `mean` and `std` are over folds, `low` and `high`
    the 95 % interval of the mean from resampling patients within their folds. In an external set `value` is over
    all its images, `low` and `high` from resampling its patients.

    Args:
        predictions: As in `predictions.parquet`. Out-of-fold rows (set `cv`) without `threshold@POINT` columns are
            cross-fitted here.
        task: `multiclass` adds `overall`; the labels are then the classes, one against the rest.
        ordered: The classes of a multiclass task are grades: kappa is quadratic.
        operating_points: Stored with the model, for external sets; by default their `threshold@POINT` columns.
            A label with neither is judged at 0.5, and its cells say so.
        by: Columns of the predictions that form subgroups.
        repeats: Number of bootstrap resamples.
        seed: Same seed, same intervals.

    Returns:
        `cv.<label>.<metric>.{mean,std,low,high,folds}`, `external.<set>.<label>.<metric>.{value,low,high}` and
        `subgroups.<set>.<column>.<group>.<label>.<metric>.{value,low,high}`, with `macro` (and `overall`) beside the
        labels. A cell without a value holds NaN and its `reason`; a cell with a value and a `reason` is one to read
        with care. Subgroups of cross-validation pool the folds' out-of-fold scores.

    Raises:
        EvaluationError: The table of predictions is damaged.
        ConfigError: A column of `by` cannot form subgroups.
    """
    check_predictions(predictions, "the table of predictions")
    names = set_names(predictions)
    if CV in names and THRESHOLD_PREFIX + YOUDEN not in predictions:
        predictions = cross_fitted(predictions, task=task)
    options = _Options(task, ordered, repeats, seed)
    result: dict[str, Any] = {"cv": {}, "external": {}, "subgroups": {}}
    for name in names:
        part, own = table(predictions, name), options
        if name == CV:
            result["cv"] = _cross_validation(part, own)
        else:
            part, defaults = _with_points(part, operating_points)
            own = replace(options, default_points=defaults)
            result["external"][name] = _whole(part, own)
        if by:
            result["subgroups"][name] = {
                column: {group: _flagged(_whole(part.take(mask), own)) for group, mask in subgroups(part, column)}
                for column in by
            }
    return result


def _with_points(
    part: Table, stored: Mapping[str, Mapping[str, OperatingPoint]] | None
) -> tuple[Table, frozenset[str]]:
    """Gives an external set the stored thresholds, else its own, else 0.5; returns the labels judged at 0.5."""
    thresholds = dict(part.thresholds)
    if stored is not None:
        thresholds = {}
        for index, label in enumerate(part.labels):
            for point, chosen in stored.get(label, {}).items():
                thresholds.setdefault(point, np.full(part.score.shape, np.nan))[:, index] = chosen.threshold
    youden = thresholds.get(YOUDEN, np.full(part.score.shape, np.nan))
    absent = np.isnan(youden).all(axis=0)
    thresholds[YOUDEN] = np.where(absent, DEFAULT_THRESHOLD, youden)
    return replace(part, thresholds=thresholds), frozenset(np.array(part.labels)[absent].tolist())


def _units(part: Table, splits: Sequence[tuple[int, Rows]], options: _Options) -> list[Unit]:
    units = [label_unit(part, index, splits, options.default_points) for index in range(len(part.labels))]
    return [*units, overall_unit(part, options.ordered, splits)] if options.task == "multiclass" else units


def _whole(part: Table, options: _Options) -> Summary:
    """Metrics over all images of a table."""
    units = _units(part, [(0, np.arange(len(part.images)))], options)
    weights = patient_weights(part.patients, repeats=options.repeats, seed=options.seed)
    resampled = resample(units, weights)
    result: Summary = {}
    for unit, metrics in zip(units, resampled, strict=True):
        whole = unit.parts[0]
        result[unit.name] = {
            metric: count_cell(value)
            if metric in COUNTS
            else value_cell(value, metrics[metric], whole.reasons.get(metric))
            for metric, value in whole.values.items()
        }
    result[MACRO] = {}
    for metric, (labels, draws) in _by_metric(units, resampled).items():
        values = np.array([label.parts[0].values[metric] for label in labels])
        result[MACRO][metric] = value_cell(float(mean_defined(values)), draws, _macro_reason(labels, values))
    return result


def _cross_validation(part: Table, options: _Options) -> Summary:
    """Metrics in each test fold, averaged."""
    folds = [int(fold) for fold in np.unique(part.folds)]
    units = _units(part, [(fold, np.flatnonzero(part.folds == fold)) for fold in folds], options)
    weights = patient_weights(part.patients, repeats=options.repeats, seed=options.seed, strata=part.folds)
    resampled = resample(units, weights)
    result: Summary = {}
    for unit, metrics in zip(units, resampled, strict=True):
        result[unit.name] = {}
        for metric in unit.parts[0].values:
            values = {fold.fold: fold.values[metric] for fold in unit.parts}
            reasons = {fold.fold: fold.reasons.get(metric) for fold in unit.parts}
            result[unit.name][metric] = (
                fold_count_cell(values) if metric in COUNTS else fold_cell(values, metrics[metric], reasons)
            )
    result[MACRO] = {}
    for metric, (labels, draws) in _by_metric(units, resampled).items():
        grid = np.array([[fold.values[metric] for fold in label.parts] for label in labels])
        means = mean_defined(grid.T)
        cell = fold_cell(
            dict(zip(folds, mean_defined(grid).tolist(), strict=True)), draws, {}, mean=float(mean_defined(means))
        )
        reason = _macro_reason(labels, means)
        result[MACRO][metric] = cell | ({"reason": reason} if reason else {})
    return result


def _by_metric(units: Sequence[Unit], resampled: Sequence[dict[str, Array]]) -> dict[str, tuple[list[Unit], Array]]:
    """Returns for each metric the labels that have it, and the mean over labels of each resample."""
    labels = [(unit, draws) for unit, draws in zip(units, resampled, strict=True) if unit.name != OVERALL]
    return {
        metric: ([unit for unit, _ in labels], mean_defined([draws[metric] for _, draws in labels]))
        for metric in labels[0][0].parts[0].values
        if metric not in COUNTS
    }


def _macro_reason(labels: Sequence[Unit], values: Array) -> str | None:
    """Says which labels a mean over labels leaves out."""
    absent = [label.name for label, value in zip(labels, values, strict=True) if np.isnan(value)]
    if not absent:
        return None
    return f"mean over {len(labels) - len(absent)} of {len(labels)} labels (undefined: {', '.join(absent)})"


def _flagged(summary: Summary) -> Summary:
    """Marks the cells of labels that have too few images of a class in a subgroup."""
    for name, cells in summary.items():
        if name in (MACRO, OVERALL):
            continue
        reason = few_reason(cells["n"]["value"], cells["positives"]["value"])
        for metric, cell in cells.items():
            if reason and metric not in COUNTS:
                cell.setdefault("reason", reason)
    return summary
