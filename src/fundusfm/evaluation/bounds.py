"""The 95 % interval of any metric of a label: from resampled patients, or in closed form where they are few."""

from collections.abc import Mapping

import numpy as np

from fundusfm.evaluation import closed_form
from fundusfm.evaluation.few import BOOTSTRAP, FEW, RECALLS, ClassCounts, Counts
from fundusfm.evaluation.intervals import ConfidenceInterval, area_interval, interval
from fundusfm.evaluation.weighted import Array

NO_INTERVAL = {
    "ece": "no interval: resampling patients raises a calibration error, so the resamples would lie above the value"
}
"""Metrics that have none, and why."""

_AREAS = ("auroc", "auprc")
_PROPORTIONS = ("sensitivity", "specificity", "prevalence", "accuracy")


def bounds(
    metric: str, values: Mapping[str, float], counts: Counts | ClassCounts, resampled: Array
) -> ConfidenceInterval:
    """Returns a metric of a label, or of all classes together, with its 95 % interval.

    Proportions have a Clopper-Pearson interval at any number of patients. The others have a bootstrap interval where
    there are `BOOTSTRAP` patients of each class that the metric needs, and a closed form where there are fewer, or
    where all resamples are alike, as they are for an AUROC of 1.

    Args:
        metric: Name of the metric, with or without `@POINT`.
        values: All metrics of the label; some intervals are put together from others.
        counts: Number of patients and images behind the metric.
        resampled: The metric of each resample, shape `(resamples,)`.

    Returns:
        The interval; NaN at both ends where the value is NaN or the metric has none, see `NO_INTERVAL`.
    """
    value = values[metric]
    if np.isnan(value) or metric in NO_INTERVAL:
        return ConfidenceInterval(value, np.nan, np.nan)
    if isinstance(counts, ClassCounts):
        return _overall(metric, value, counts, resampled)
    if metric.split("@")[0] in _PROPORTIONS:
        name = metric.split("@")[0]
        images = {"sensitivity": counts.positive_images, "specificity": counts.negative_images}.get(name, counts.images)
        n = _effective(value, counts.needed(metric), images, resampled)
        return ConfidenceInterval(value, *closed_form.proportion(value, n))
    patients = counts.needed(metric)
    if patients >= BOOTSTRAP or metric == "brier":
        found = (area_interval if metric in _AREAS else interval)(value, resampled, patients)
        if not np.isnan(found.low):
            return found
    return ConfidenceInterval(value, *_closed(metric, values, counts))


def _closed(metric: str, values: Mapping[str, float], counts: Counts) -> closed_form.Bounds:
    value, m, n = values[metric], counts.positives, counts.negatives
    if metric == "auroc":
        return closed_form.auroc(value, m, n)
    if metric == "brier":
        return closed_form.proportion(value, counts.patients)
    if metric == "auprc":
        rarest, per_fold = min(m, n), min(m, n) / counts.folds
        # The average precision of a handful of positives is biased upwards, and a mean over folds keeps that bias.
        return closed_form.proportion(value, rarest if per_fold >= FEW else per_fold)
    if metric == "f1":
        return closed_form.f1(value, m + (1 - values.get("specificity", np.nan)) * n if n else m)
    sensitivity = closed_form.proportion(values["sensitivity"], m)
    specificity = closed_form.proportion(values["specificity"], n)
    known = (values["sensitivity"], values["specificity"])
    if metric == "balanced_accuracy":
        low, high = closed_form.combined(lambda a, b: (a + b) / 2, known, (sensitivity, specificity))
    elif metric == "kappa":
        prevalence = closed_form.proportion(values["prevalence"], counts.patients)
        low, high = closed_form.combined(
            closed_form.kappa, (*known, values["prevalence"]), (sensitivity, specificity, prevalence)
        )
        # The mean of the folds' kappas is not quite the kappa of the mean sensitivity and specificity.
        shift = value - closed_form.kappa(*known, values["prevalence"])
        low, high = low + shift, high + shift
    else:
        raise ValueError(f"There is no interval for {metric}.")
    return max(min(low, value), -1.0), min(max(high, value), 1.0)


def _overall(metric: str, value: float, counts: ClassCounts, resampled: Array) -> ConfidenceInterval:
    if metric == "accuracy":
        return ConfidenceInterval(
            value, *closed_form.proportion(value, _effective(value, counts.patients, counts.images, resampled))
        )
    if metric not in RECALLS:
        return interval(value, resampled, counts.needed(metric))
    if counts.rarest >= BOOTSTRAP and not np.isnan((found := interval(value, resampled, counts.needed(metric))).low):
        return found
    # A mean over classes varies at most as much as a proportion among this many patients; F1 twice as much.
    n = counts.present * counts.rarest / (2 if metric == "f1" else 1)
    return ConfidenceInterval(value, *closed_form.proportion(value, n))


def _effective(value: float, patients: int, images: int, resampled: Array) -> float:
    """Returns the number of independent images behind a proportion: between the numbers of patients and of images.

    Korn and Graubard, Survey Methodology 24:193, 1998: the number whose binomial variance is the variance of the
    resamples. Few patients do not tell it, so each of them counts once.
    """
    defined = resampled[~np.isnan(resampled)]
    variance = float(defined.var()) if len(defined) else 0.0
    if patients < BOOTSTRAP or variance == 0.0:
        return float(patients)
    return float(np.clip(value * (1 - value) / variance, patients, images))
