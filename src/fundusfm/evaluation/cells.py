"""The cells of `metrics.json`: a metric of a label, with its interval, and the reason where it has no value."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fundusfm.evaluation.intervals import interval
from fundusfm.evaluation.weighted import Array

Cell = dict[str, Any]


def value_cell(value: float, resampled: Array, reason: str | None = None) -> Cell:
    """Returns `{value, low, high}` and, where there is one, its `reason`."""
    bounds = interval(value, resampled)
    return {"value": bounds.value, "low": bounds.low, "high": bounds.high} | _reason(reason)


def fold_cell(
    values: Mapping[int, float], resampled: Array, reasons: Mapping[int, str | None], *, mean: float | None = None
) -> Cell:
    """Returns `{mean, std, low, high, folds}` of a metric over folds.

    Args:
        values: Fold to value; NaN where the fold lacks a class. The mean is over the others.
        resampled: Mean over folds of each resample.
        reasons: Fold to the reason why it has no value.
        mean: The mean, where it is not that of the defined folds.
    """
    per_fold = np.array(list(values.values()))
    defined = per_fold[~np.isnan(per_fold)]
    if mean is None:
        mean = float(defined.mean()) if len(defined) else np.nan
    bounds = interval(mean, resampled)
    absent = [fold for fold, value in values.items() if np.isnan(value)]
    reason = None
    if absent:
        why = "; ".join(dict.fromkeys(f"fold {fold}: {reasons.get(fold) or 'undefined'}" for fold in absent))
        reason = f"mean over {len(defined)} of {len(values)} folds ({why})" if len(defined) else why
    return {
        "mean": mean,
        "std": float(defined.std(ddof=1)) if len(defined) > 1 else np.nan,
        "low": bounds.low,
        "high": bounds.high,
        "folds": list(values.values()),
    } | _reason(reason)


def count_cell(value: float) -> Cell:
    """Returns the cell of a count, which is exact."""
    return {"value": value, "low": value, "high": value}


def fold_count_cell(values: Mapping[int, float]) -> Cell:
    """Returns the cell of a count over folds: exact, with its `total`."""
    counts = np.array(list(values.values()))
    mean = float(counts.mean())
    return {
        "mean": mean,
        "std": float(counts.std(ddof=1)) if len(counts) > 1 else np.nan,
        "low": mean,
        "high": mean,
        "folds": list(values.values()),
        "total": float(counts.sum()),
    }


def mean_defined(values: Sequence[Array] | Array) -> Array:
    """Returns the mean along the first axis of what is defined; NaN where nothing is."""
    stacked = np.asarray(values)
    defined = ~np.isnan(stacked)
    number = defined.sum(axis=0)
    total = np.where(defined, stacked, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0))


def _reason(reason: str | None) -> Cell:
    return {"reason": reason} if reason else {}
