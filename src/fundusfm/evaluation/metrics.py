"""Metrics of one set of predictions; NaN, never a made-up number, where a class is absent."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sklearn import metrics as sk

from fundusfm.evaluation.weighted import ECE_BINS, YOUDEN, Array, at, bins

NEEDS_POSITIVES = ("auroc", "auprc", "sensitivity", "f1", "balanced_accuracy", "kappa")
NEEDS_NEGATIVES = ("auroc", "auprc", "specificity", "balanced_accuracy", "kappa")
NEEDS_THRESHOLD = ("sensitivity", "specificity", "f1", "balanced_accuracy", "kappa")
COUNTS = ("n", "positives")

ECE = "ece"
"""Name of the expected calibration error."""


def binary_metrics(
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    *,
    probability: npt.ArrayLike | None = None,
    threshold: float | npt.ArrayLike | None,
    points: Mapping[str, npt.ArrayLike] | None = None,
) -> dict[str, float]:
    """Returns every metric of a two-class label.

    Args:
        truth: Zeros and ones, shape `(n,)`; NaN is unknown, and such a row is left out of everything.
        score: Uncalibrated scores in 0..1, shape `(n,)`.
        probability: Calibrated probabilities in 0..1, for Brier score and ECE; the score where not given.
        threshold: The Youden operating point: a row is positive where `score >= threshold`. One number, or one
            per row (cross-fitted thresholds differ by fold). None or NaN: metrics of decisions are NaN.
        points: Further operating points by name; each adds `sensitivity@NAME` and `specificity@NAME`.

    Returns:
        `auroc`, `auprc` (average precision), `sensitivity`, `specificity`, `f1`, `balanced_accuracy`, `kappa`
        (Cohen's), `brier`, `ece` (15 equal-width bins), `prevalence`, `n` and `positives`.
    """
    truth_all = np.asarray(truth, dtype=np.float64)
    known = ~np.isnan(truth_all)
    values = truth_all[known]
    scores = np.asarray(score, dtype=np.float64)[known]
    calibrated = scores if probability is None else np.asarray(probability, dtype=np.float64)[known]
    n, positives = len(values), int(values.sum())
    both = 0 < positives < n
    result = {
        "auroc": float(sk.roc_auc_score(values, scores)) if both else np.nan,
        "auprc": float(sk.average_precision_score(values, scores)) if both else np.nan,
    }
    for name, given in {YOUDEN: np.nan if threshold is None else threshold, **(points or {})}.items():
        limits = np.broadcast_to(np.asarray(given, dtype=np.float64), truth_all.shape)[known]
        decisions = _decisions(values, scores, limits)
        kept = decisions if name == YOUDEN else ("sensitivity", "specificity")
        result |= {at(metric, name): decisions[metric] for metric in kept}
    result["brier"] = float(np.mean((calibrated - values) ** 2)) if n else np.nan
    result[ECE] = expected_calibration_error(values, calibrated)
    result["prevalence"] = positives / n if n else np.nan
    return result | {"n": float(n), "positives": float(positives)}


def _decisions(truth: Array, score: Array, thresholds: Array) -> dict[str, float]:
    result = dict.fromkeys(NEEDS_THRESHOLD, np.nan)
    if not len(truth) or np.isnan(thresholds).any():
        return result
    called = (score >= thresholds).astype(np.float64)
    positives = truth.sum()
    if positives:
        result["sensitivity"] = float(sk.recall_score(truth, called))
        result["f1"] = float(sk.f1_score(truth, called))
    if positives < len(truth):
        result["specificity"] = float(sk.recall_score(truth, called, pos_label=0))
    if 0 < positives < len(truth):
        result["balanced_accuracy"] = float(sk.balanced_accuracy_score(truth, called))
        result["kappa"] = float(sk.cohen_kappa_score(truth, called))
    return result


def expected_calibration_error(truth: Array, probability: Array) -> float:
    """Returns the mean gap between probability and frequency over equal-width bins, weighted by their rows.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, eq. 3, for the positive class.
    """
    if not len(truth):
        return float("nan")
    gaps = np.bincount(bins(probability), weights=probability - truth, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def undefined_reason(metric: str, counts: Mapping[str, float]) -> str | None:
    """Says why a metric of a label is NaN; None where it is not for want of a class or a row.

    Args:
        metric: Name of the metric, with or without `@POINT`.
        counts: Anything that holds `n` and `positives`, such as what `binary_metrics` returns.
    """
    name = metric.split("@")[0]
    n, positives = int(counts["n"]), int(counts["positives"])
    if n == 0:
        return None if metric in COUNTS else "no image has a known truth"
    if name in NEEDS_POSITIVES and positives == 0:
        return f"no positive among {n} images"
    if name in NEEDS_NEGATIVES and positives == n:
        return f"no negative among {n} images"
    return None


def multiclass_metrics(
    truth: Sequence[int] | npt.NDArray[np.intp],
    predicted: Sequence[int] | npt.NDArray[np.intp],
    *,
    classes: int,
    ordered: bool,
) -> dict[str, float]:
    """Returns the metrics of a multiclass task as a whole.

    Args:
        truth: Class index of each image.
        predicted: Index of the highest-scored class of each image.
        classes: How many classes there are.
        ordered: Weigh disagreement by its squared distance (quadratic kappa), as for grades.

    Returns:
        `accuracy`, `balanced_accuracy` and `f1` (means over the classes present in the truth), `kappa`, `n`;
        NaN where fewer than two classes are present.
    """
    actual, called = np.asarray(truth), np.asarray(predicted)
    present = np.unique(actual)
    result = dict.fromkeys(("accuracy", "balanced_accuracy", "f1", "kappa"), np.nan) | {"n": float(len(actual))}
    if not len(actual):
        return result
    result["accuracy"] = float(sk.accuracy_score(actual, called))
    if len(present) < 2:
        return result
    result["balanced_accuracy"] = float(sk.recall_score(actual, called, labels=present, average="macro"))
    result["f1"] = float(sk.f1_score(actual, called, labels=present, average="macro"))
    result["kappa"] = float(
        sk.cohen_kappa_score(actual, called, labels=np.arange(classes), weights="quadratic" if ordered else None)
    )
    return result
