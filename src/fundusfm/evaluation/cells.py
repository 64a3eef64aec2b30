"""Makes estimates from the values and resamples of a label: which number is given, with which interval and reason."""

from collections.abc import Mapping, Sequence

import numpy as np

from fundusfm.evaluation.bounds import NO_INTERVAL, bounds
from fundusfm.evaluation.few import BOOTSTRAP, ClassCounts, Counts, few, split_care, too_few
from fundusfm.evaluation.intervals import interval
from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.results import Estimate

_ALIKE = "no interval: all resamples are alike"


def value_cell(
    metric: str,
    values: Mapping[str, float],
    resampled: Array,
    counts: Counts | ClassCounts,
    reason: str | None = None,
) -> Estimate:
    """Returns the estimate of a metric over all images of a set.

    Args:
        metric: Name of the metric.
        values: All metrics of the label.
        resampled: The metric of each resample.
        counts: Number of patients and images behind it.
        reason: Why it is undefined, or to be read with care.
    """
    if np.isnan(values[metric]):
        return Estimate(np.nan, reason=reason)
    if shortage := too_few(metric, counts):
        return Estimate(np.nan, reason=shortage)
    found = bounds(metric, values, counts, resampled)
    reasons = [few(metric, counts), reason, NO_INTERVAL.get(metric)]
    if np.isnan(found.low) and metric not in NO_INTERVAL:
        reasons.append(_ALIKE)
    return Estimate(found.value, found.low, found.high, reason="; ".join(filter(None, reasons)) or None)


def fold_cell(
    metric: str,
    values: Mapping[str, float],
    folds: Mapping[int, float],
    resampled: Array,
    counts: Counts | ClassCounts,
    reasons: Mapping[int, str | None],
) -> Estimate:
    """Returns the estimate of a metric over folds.

    Args:
        metric: Name of the metric.
        values: All metrics of the label, each the mean over the folds that define it.
        folds: Fold to value; NaN where the fold lacks a class.
        resampled: Mean over folds of each resample.
        counts: Number of patients and images in the folds that define it.
        reasons: Fold to the reason why it has no value.
    """
    cell = value_cell(metric, values, resampled, counts)
    why = "; ".join(filter(None, [folds_reason(folds, reasons), cell.reason])) or None
    return Estimate(cell.value, cell.low, cell.high, why, tuple(folds.values()), spread(folds))


def folds_reason(folds: Mapping[int, float], reasons: Mapping[int, str | None]) -> str | None:
    """Says which folds a mean over folds leaves out, and why."""
    absent = [fold for fold, value in folds.items() if np.isnan(value)]
    if not absent:
        return None
    why = "; ".join(dict.fromkeys(f"fold {fold}: {reasons.get(fold) or 'undefined'}" for fold in absent))
    defined = len(folds) - len(absent)
    return f"mean over {defined} of {len(folds)} folds ({why})" if defined else why


def spread(folds: Mapping[int, float]) -> float:
    """Returns the standard deviation over the folds that have a value; NaN for fewer than two."""
    defined = [value for value in folds.values() if not np.isnan(value)]
    return float(np.std(defined, ddof=1)) if len(defined) > 1 else np.nan


def macro_cell(
    cells: Mapping[str, Estimate], resampled: Array, *, patients: int, folds: Mapping[int, float] | None = None
) -> Estimate:
    """Returns the mean of a metric over labels.

    Args:
        cells: The metric of each label.
        resampled: Mean over the labels that have a value, of each resample.
        patients: Patients of the rarest class of any label. Where they are too few for a bootstrap, the ends of the
            interval are the means of the labels' ends, which holds however much the labels depend on each other.
        folds: In cross-validation, fold to mean over labels.
    """
    used = {label: cell for label, cell in cells.items() if not np.isnan(cell.value)}
    reason = None
    if len(used) < len(cells):
        left_out = ", ".join(label for label in cells if label not in used)
        reason = f"mean over {len(used)} of {len(cells)} labels (undefined: {left_out})"
    value, low, high = np.nan, np.nan, np.nan
    if used:
        value = float(mean_defined(np.array([cell.value for cell in used.values()])))
        if any(np.isnan(cell.low) for cell in used.values()):
            why = next(cell.reason for cell in used.values() if np.isnan(cell.low))
            reason = "; ".join(filter(None, [reason, why]))
        else:
            found = interval(value, resampled, patients) if patients >= BOOTSTRAP else None
            low, high = (
                (found.low, found.high)
                if found is not None and not np.isnan(found.low)
                else (float(np.mean([getattr(cell, end) for cell in used.values()])) for end in ("low", "high"))
            )
    if folds is None:
        return Estimate(value, low, high, reason)
    return Estimate(value, low, high, reason, tuple(folds.values()), spread(folds))


def count_cell(value: float) -> Estimate:
    """Returns the estimate of a count, which is exact."""
    return Estimate(value, value, value)


def fold_count_cell(folds: Mapping[int, float]) -> Estimate:
    """Returns the estimate of a count over folds: exact, with its `total`."""
    counts = list(folds.values())
    mean = float(np.mean(counts))
    return Estimate(mean, mean, mean, folds=tuple(counts), std=spread(folds), total=float(np.sum(counts)))


def mean_defined(values: Sequence[Array] | Array) -> Array:
    """Returns the mean of the defined values along the first axis; NaN where none is defined."""
    stacked = np.asarray(values)
    defined = ~np.isnan(stacked)
    number = defined.sum(axis=0)
    total = np.where(defined, stacked, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0))


def by_support(labels: Sequence[str], results: Mapping[str, Mapping[str, Estimate]]) -> list[str]:
    """Returns the labels with the one first that most images of its rarer class stand behind.

    Args:
        labels: Names of labels; those without counts come last.
        results: Metrics by label, as `Results.cv` has them.
    """

    def support(label: str) -> float:
        entry = results.get(label, {})
        if "positives" not in entry or "n" not in entry:
            return -1.0
        positives = entry["positives"].count
        return min(positives, entry["n"].count - positives)

    return sorted(labels, key=support, reverse=True)


def auroc_text(cell: Estimate) -> str:
    """Returns an AUROC as a line of a log says it, with its interval or the reason why there is none."""
    if np.isnan(cell.value):
        return f"no AUROC: {cell.reason}"
    ends = "no interval" if np.isnan(cell.low) else f"95 % {cell.low:.4f} to {cell.high:.4f}"
    ends = ends if np.isnan(cell.std) else f"SD over folds {cell.std:.4f}, {ends}"
    care, rest = split_care(cell.reason)
    rest = f"; {rest}" if rest else ""
    if care:  # first, so that the number is not read without it
        return f"{care}: AUROC {cell.value:.4f} cannot be relied on ({ends}{rest})"
    return f"AUROC {cell.value:.4f} ({ends}{rest})"
