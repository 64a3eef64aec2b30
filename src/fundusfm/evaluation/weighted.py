"""Every metric for many weightings of the same images at once: what makes the patient bootstrap quick.

A bootstrap resample of patients is a count of how often each was drawn, so a metric of the resample is a
weighted metric of the original rows. Rows are sorted and binned once; each resample then costs a few
cumulative sums and products. Weights are arrays of shape `(rows, resamples)`, results of shape `(resamples,)`.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Array = npt.NDArray[np.float64]

ECE_BINS = 15
"""Equal-width bins of the expected calibration error, as in Guo et al., ICML 2017."""

YOUDEN = "youden"
"""The operating point at which sensitivity, specificity, F1, balanced accuracy and kappa are reported."""


def at(metric: str, point: str) -> str:
    """Names a metric at an operating point: the bare name at the Youden point, `metric@point` elsewhere."""
    return metric if point == YOUDEN else f"{metric}@{point}"


def bins(probability: Array) -> npt.NDArray[np.intp]:
    """Returns the calibration bin of each probability."""
    return np.minimum((probability * ECE_BINS).astype(np.intp), ECE_BINS - 1)


def divide(numerator: Array, denominator: Array) -> Array:
    """Divides; NaN where the denominator is zero."""
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator != 0)


class Ranking:
    """Scores sorted once, for weighted AUROC and average precision.

    Args:
        truth: Zeros and ones, one per row.
        score: Any real numbers; higher means more positive.
    """

    def __init__(self, truth: Array, score: Array) -> None:
        self._order = np.argsort(-score, kind="stable")
        descending = score[self._order]
        self._truth = truth[self._order][:, None]
        starts = np.flatnonzero(np.r_[True, descending[1:] != descending[:-1]]) if len(score) else np.empty(0, np.intp)
        self._tie_starts = starts if len(starts) < len(score) else None

    def auroc_and_auprc(self, weights: Array) -> tuple[Array, Array]:
        """Returns the area under the ROC curve, ties counted half, and the average precision, for each resample.

        Both are NaN where a resample lacks a class.
        """
        if not len(self._order):
            return np.full(weights.shape[1], np.nan), np.full(weights.shape[1], np.nan)
        total = weights[self._order]
        positive = total * self._truth
        if self._tie_starts is not None:
            total = np.add.reduceat(total, self._tie_starts, axis=0)
            positive = np.add.reduceat(positive, self._tie_starts, axis=0)
        negative = total - positive
        found = np.cumsum(positive, axis=0)
        flagged = np.cumsum(total, axis=0)
        positives = found[-1]
        negatives = flagged[-1] - positives
        both = np.where((positives > 0) & (negatives > 0), 1.0, 0.0)
        auroc = divide(np.einsum("ij,ij->j", negative, found - positive / 2), positives * negatives * both)
        precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
        auprc = divide(np.einsum("ij,ij->j", positive, precision), positives * both)
        return auroc, auprc


def decision_metrics(positive: Array, truth: Array, weights: Array) -> dict[str, Array]:
    """Returns sensitivity, specificity, F1, balanced accuracy and Cohen's kappa of each resample.

    Args:
        positive: Zeros and ones: which rows are called positive.
        truth: Zeros and ones.
        weights: Shape `(rows, resamples)`.
    """
    cells = np.stack([truth * positive, (1 - truth) * positive, truth * (1 - positive), (1 - truth) * (1 - positive)])
    tp, fp, fn, tn = cells @ weights
    sensitivity = divide(tp, tp + fn)
    specificity = divide(tn, tn + fp)
    both = np.where((tp + fn > 0) & (tn + fp > 0), 1.0, np.nan)
    # Kappa of a two-by-two table: (observed - chance) / (1 - chance), with the factor 1 / n**2 cancelled.
    kappa = divide(2 * (tp * tn - fp * fn), (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn))
    return {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "f1": divide(2 * tp, 2 * tp + fp + fn) * np.where(tp + fn > 0, 1.0, np.nan),
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "kappa": kappa * both,
    }


class BinaryResamples:
    """One label's rows, prepared for the metrics of many resamples.

    Args:
        truth: Zeros and ones; rows of unknown truth are left out before.
        score: In 0..1, uncalibrated: ranks and decisions come from it.
        probability: In 0..1, calibrated: Brier score and calibration error come from it.
        thresholds: Operating point name to threshold of each row (a row is positive from it on); cross-fitted
            thresholds differ by fold. A point that is unknown for some row gives NaN.
    """

    def __init__(self, truth: Array, score: Array, probability: Array, thresholds: Mapping[str, Array]) -> None:
        self._truth = truth
        self._ranking = Ranking(truth, score)
        self._positive = {
            point: (None if np.isnan(values).any() else (score >= values).astype(np.float64))
            for point, values in thresholds.items()
        }
        in_bin = np.zeros((ECE_BINS, len(truth)))
        in_bin[bins(probability), np.arange(len(truth))] = 1.0
        self._sums = np.concatenate(
            [in_bin * (probability - truth), [np.ones(len(truth)), truth, (probability - truth) ** 2]]
        )

    def metrics(self, weights: Array) -> dict[str, Array]:
        """Returns every metric of each resample; NaN where a resample lacks a class that the metric needs."""
        auroc_values, auprc_values = self._ranking.auroc_and_auprc(weights)
        result = {"auroc": auroc_values, "auprc": auprc_values}
        for point, positive in self._positive.items():
            if positive is None:
                values = dict.fromkeys(
                    ("sensitivity", "specificity", "f1", "balanced_accuracy", "kappa"),
                    np.full(weights.shape[1], np.nan),
                )
            else:
                values = decision_metrics(positive, self._truth, weights)
            names = values if point == YOUDEN else ("sensitivity", "specificity")
            result |= {at(name, point): values[name] for name in names}
        sums = self._sums @ weights
        gaps, total, positives, squares = sums[:ECE_BINS], sums[-3], sums[-2], sums[-1]
        result["brier"] = divide(squares, total)
        result["ece"] = divide(np.abs(gaps).sum(axis=0), total)
        result["prevalence"] = divide(positives, total)
        return result


class MulticlassResamples:
    """A multiclass task as a whole, prepared for the metrics of many resamples.

    Args:
        truth: Class index of each row.
        predicted: Index of each row's highest-scored class.
        classes: Number of classes.
        ordered: Quadratic weights in kappa.
    """

    def __init__(
        self, truth: npt.NDArray[np.intp], predicted: npt.NDArray[np.intp], classes: int, ordered: bool
    ) -> None:
        self._classes = classes
        rows = np.arange(len(truth))
        # Sparse: each row falls into one of classes**2 cells of the confusion matrix.
        self._cells = csr_array(
            (np.ones(len(truth)), (truth * classes + predicted, rows)), shape=(classes * classes, len(truth))
        )
        index = np.arange(classes)
        apart = index[:, None] - index[None, :]
        self._disagreement = (apart**2 if ordered else apart != 0).astype(np.float64)

    def metrics(self, weights: Array) -> dict[str, Array]:
        """Returns accuracy, balanced accuracy, macro F1 and kappa of each resample, over the classes it holds."""
        confusion = (self._cells @ weights).reshape(self._classes, self._classes, -1)
        hits = np.einsum("iir->ir", confusion)
        actual, called = confusion.sum(axis=1), confusion.sum(axis=0)
        total = actual.sum(axis=0)
        present = actual > 0
        number = present.sum(axis=0).astype(np.float64)
        several = np.where(number > 1, 1.0, np.nan)
        chance = np.einsum("ij,ir,jr->r", self._disagreement, actual, called)
        disagreement = np.einsum("ij,ijr->r", self._disagreement, confusion) * total
        recall = np.where(present, divide(hits, actual), 0.0)
        f1 = np.where(present, divide(2 * hits, actual + called), 0.0)
        return {
            "accuracy": divide(hits.sum(axis=0), total),
            "balanced_accuracy": divide(recall.sum(axis=0), number) * several,
            "f1": divide(f1.sum(axis=0), number) * several,
            "kappa": (1 - divide(disagreement, chance)) * several,
        }
