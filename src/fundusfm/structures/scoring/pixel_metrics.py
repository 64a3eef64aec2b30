"""Metrics over the pixels of one photograph: inside the field of view, at the photograph's own size."""

import math

import numpy as np
import numpy.typing as npt

from fundusfm.errors import EvaluationError
from fundusfm.models.segmentation.arrays import Mask
from fundusfm.structures.scoring.pixels import PixelCounts, areas, count_pixels
from fundusfm.structures.scoring.skeleton import skeleton


def ranked_metrics(
    truth: Mask, probability: npt.NDArray[np.floating], counted: Mask
) -> tuple[dict[str, float], PixelCounts]:
    """Scores the probability map of one photograph without a threshold.

    Args:
        truth: bool (height, width), what the observer drew.
        probability: (height, width), 0 to 1.
        counted: bool (height, width), the pixels that count, such as the field of view.

    Returns:
        `auroc` and `auprc` (average precision), NaN where undefined; and the pixels, counted by probability.

    Raises:
        EvaluationError: The arrays differ in size, no pixel is counted, or a probability lies outside 0 to 1.
    """
    _check(truth, probability, counted)
    counts = count_pixels(truth[counted], probability[counted])
    return image_areas(counts), counts


def image_areas(counts: PixelCounts) -> dict[str, float]:
    """Returns AUROC and average precision of one image, or of several pooled."""
    auroc, auprc = areas(counts.positive, counts.negative)
    return {"auroc": float(auroc), "auprc": float(auprc)}


def mask_metrics(truth: Mask, predicted: Mask, counted: Mask) -> dict[str, float]:
    """Scores a mask by a network or a second observer.

    Dice is 2 TP / (2 TP + FP + FN), the F1 score of pixels. MCC is Matthews' correlation coefficient. With an empty
    truth, only specificity and accuracy are defined.

    Args:
        truth: bool (height, width), what the first observer drew.
        predicted: bool (height, width).
        counted: bool (height, width), the pixels that count, such as the field of view.

    Returns:
        `dice`, `mcc`, `sensitivity`, `specificity`, `accuracy`, each 0 to 1 (mcc -1 to 1) or NaN.

    Raises:
        EvaluationError: The arrays differ in size, or no pixel is counted.
    """
    _check(truth, predicted, counted)
    drawn, called = truth[counted], predicted[counted]
    tp = float(np.count_nonzero(drawn & called))
    fp, fn = float(np.count_nonzero(called)) - tp, float(np.count_nonzero(drawn)) - tp
    tn = len(drawn) - tp - fp - fn
    known = 1.0 if tp + fn > 0 else np.nan
    spread = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return {
        "dice": known * _ratio(2 * tp, 2 * tp + fp + fn),
        # Where everything is called one class, MCC is 0, as in scikit-learn.
        "mcc": known * (_ratio(tp * tn - fp * fn, spread) if spread > 0 else 0.0),
        "sensitivity": _ratio(tp, tp + fn),
        "specificity": _ratio(tn, tn + fp),
        "accuracy": (tp + tn) / len(drawn),
    }


def vessel_metrics(truth: Mask, predicted: Mask, counted: Mask) -> dict[str, float]:
    """Returns the metrics of `mask_metrics`, and `cldice`; NaN where the truth is empty.

    clDice compares skeletons with masks, so it measures whether vessels are connected rather than how thick they are.
    """
    metrics = mask_metrics(truth, predicted, counted)
    known = 1.0 if (truth & counted).any() else np.nan
    return metrics | {"cldice": known * centreline_dice(truth & counted, predicted & counted)}


def centreline_dice(truth: Mask, predicted: Mask) -> float:
    """Returns clDice: the harmonic mean of the share of each skeleton that the other mask covers.

    Source: Shit et al., clDice - a novel topology-preserving loss function for tubular structure segmentation, CVPR
    2021, equation 1. Skeletons are scikit-image's (Zhang and Suen, 1984).

    Returns:
        0 to 1; 0 where one mask is empty, NaN where both are.
    """
    if not truth.any() or not predicted.any():
        return 0.0 if truth.any() or predicted.any() else np.nan
    precision = float(truth[skeleton(predicted)].mean())
    sensitivity = float(predicted[skeleton(truth)].mean())
    return _ratio(2 * precision * sensitivity, precision + sensitivity) if precision + sensitivity > 0 else 0.0


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _check(truth: Mask, predicted: Mask | npt.NDArray[np.floating], counted: Mask) -> None:
    if not truth.shape == predicted.shape == counted.shape:
        raise EvaluationError(
            f"The observer's mask {truth.shape}, the prediction {predicted.shape} and the field of view "
            f"{counted.shape} differ in size; bring the prediction back to the photograph's own pixels"
        )
    if not counted.any():
        raise EvaluationError("The field of view is empty, so there is no pixel to score")
    if predicted.dtype != np.bool_:
        inside = predicted[counted]
        if not (inside.min() >= 0 and inside.max() <= 1):
            raise EvaluationError(
                f"The prediction holds values from {inside.min()} to {inside.max()}; expected probabilities from 0 to 1"
            )
