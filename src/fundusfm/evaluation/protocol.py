"""Computes the results of a run from its predictions: folds, external sets and subgroups, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fundusfm.data.manifest.labels import Task
from fundusfm.evaluation.cells import count_cell, fold_cell, fold_count_cell, macro_cell, mean_defined, value_cell
from fundusfm.evaluation.crossfit import cross_fitted
from fundusfm.evaluation.intervals import REPEATS, patient_weights
from fundusfm.evaluation.metrics import COUNTS, ECE
from fundusfm.evaluation.subgroups import subgroups
from fundusfm.evaluation.table import CV, THRESHOLD_PREFIX, PredictionTable, check_predictions, set_names, table
from fundusfm.evaluation.units import OVERALL, Rows, Unit, label_unit, overall_unit, resample
from fundusfm.evaluation.weighted import YOUDEN, Array
from fundusfm.models.card.results import Estimate, LabelMetrics, Results
from fundusfm.models.card.schema import OperatingPoint

__all__ = ["MACRO", "OVERALL", "cross_fitted", "summarise"]

MACRO = "macro"
"""Mean over the labels that have a value."""

DEFAULT_THRESHOLD = 0.5
"""Threshold where no operating point is stored."""


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
) -> Results:
    """Computes every metric of a run.

    In cross-validation a metric is computed in each test fold, and patients are resampled within their folds; only the
    calibration error is computed over the folds' probabilities together. In an external set a metric is computed over
    all images.

    Args:
        predictions: As in `predictions.parquet`. Out-of-fold rows (set `cv`) without `threshold@POINT` columns are
            cross-fitted here.
        task: Task of the labels. `multiclass` adds `overall`; the labels are then the classes, one against the rest.
        ordered: The classes of a multiclass task are grades: kappa is quadratic.
        operating_points: Stored with the model, for external sets; by default their `threshold@POINT` columns.
            A label with neither is judged at 0.5, and its cells say so.
        by: Columns of the predictions that form subgroups.
        repeats: Number of bootstrap resamples.
        seed: Random seed of the resamples.

    Returns:
        Cells by set, label and metric, with `macro` (and `overall`) beside the labels. A cell without a value holds NaN
        and its `reason`; a cell with a value and a `reason` is one to read with care. Subgroups of cross-validation
        pool the folds' out-of-fold scores. Which interval a cell has is decided by `bounds.bounds`.

    Raises:
        EvaluationError: The table of predictions is damaged.
        ConfigError: A column of `by` cannot form subgroups.
    """
    check_predictions(predictions, "the table of predictions")
    names = set_names(predictions)
    if CV in names and THRESHOLD_PREFIX + YOUDEN not in predictions:
        predictions = cross_fitted(predictions, task=task)
    options = _Options(task, ordered, repeats, seed)
    folds: LabelMetrics = {}
    external: dict[str, LabelMetrics] = {}
    groups: dict[str, dict[str, dict[str, LabelMetrics]]] = {}
    for name in names:
        part, own = table(predictions, name), options
        if name == CV:
            folds = _cross_validation(part, own)
        else:
            part, defaults = _with_points(part, operating_points)
            own = replace(options, default_points=defaults)
            external[name] = _whole(part, own)
        if by:
            groups[name] = {
                column: {group: _whole(part.take(mask), own) for group, mask in subgroups(part, column)}
                for column in by
            }
    return Results(folds, external, groups)


def _with_points(
    part: PredictionTable, stored: Mapping[str, Mapping[str, OperatingPoint]] | None
) -> tuple[PredictionTable, frozenset[str]]:
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


def _units(part: PredictionTable, splits: Sequence[tuple[int, Rows]], options: _Options) -> list[Unit]:
    units = [label_unit(part, index, splits, options.default_points) for index in range(len(part.labels))]
    return [*units, overall_unit(part, options.ordered, splits)] if options.task == "multiclass" else units


def _whole(part: PredictionTable, options: _Options) -> LabelMetrics:
    """Metrics over all images of a table."""
    units = _units(part, [(0, np.arange(len(part.images)))], options)
    weights = patient_weights(part.patients, repeats=options.repeats, seed=options.seed)
    resampled = resample(units, weights)
    result: dict[str, dict[str, Estimate]] = {}
    for unit, draws in zip(units, resampled, strict=True):
        whole = unit.parts[0]
        result[unit.name] = {
            metric: count_cell(value)
            if metric in COUNTS
            else value_cell(metric, whole.values, draws[metric], whole.counts, whole.reasons.get(metric))
            for metric, value in whole.values.items()
        }
    return result | {MACRO: _macro(units, resampled, result)}


def _cross_validation(part: PredictionTable, options: _Options) -> LabelMetrics:
    """Metrics in each test fold, averaged; the calibration error is that of all folds together."""
    folds = [int(fold) for fold in np.unique(part.folds)]
    units = _units(part, [(fold, np.flatnonzero(part.folds == fold)) for fold in folds], options)
    together = _units(part, [(0, np.arange(len(part.images)))], options)
    weights = patient_weights(part.patients, repeats=options.repeats, seed=options.seed, strata=part.folds)
    resampled = resample(units, weights)
    result: dict[str, dict[str, Estimate]] = {}
    for unit, pooled, draws in zip(units, together, resampled, strict=True):
        means = unit.values()
        if ECE in means:
            # With few rows in a bin even true probabilities are off by chance, so the mean over folds overstates it.
            means[ECE] = pooled.parts[0].values[ECE]
        result[unit.name] = {}
        for metric in means:
            values = {fold.fold: fold.values[metric] for fold in unit.parts}
            reasons = {fold.fold: fold.reasons.get(metric) for fold in unit.parts}
            result[unit.name][metric] = (
                fold_count_cell(values)
                if metric in COUNTS
                else fold_cell(metric, means, values, draws[metric], unit.counts(metric), reasons)
            )
    return result | {MACRO: _macro(units, resampled, result, folds)}


def _macro(
    units: Sequence[Unit],
    resampled: Sequence[Mapping[str, Array]],
    cells: Mapping[str, Mapping[str, Estimate]],
    folds: Sequence[int] | None = None,
) -> dict[str, Estimate]:
    """Returns the mean over labels of every metric."""
    labels = [(unit, draws) for unit, draws in zip(units, resampled, strict=True) if unit.name != OVERALL]
    result = {}
    for metric in labels[0][0].parts[0].values:
        if metric in COUNTS:
            continue
        found = {unit.name: cells[unit.name][metric] for unit, _ in labels}
        used = [(unit, draws) for unit, draws in labels if not np.isnan(found[unit.name].value)] or labels
        per_fold = None
        if folds is not None:
            grid = np.array([[fold.values[metric] for fold in unit.parts] for unit, _ in used])
            per_fold = dict(zip(folds, mean_defined(grid).tolist(), strict=True))
        result[metric] = macro_cell(
            found,
            mean_defined([draws[metric] for _, draws in used]),
            patients=min(unit.counts(metric).needed(metric) for unit, _ in used),
            folds=per_fold,
        )
    return result
