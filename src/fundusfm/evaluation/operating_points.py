"""Operating points: thresholds chosen on validation predictions only, and stored with the model."""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_curve

from fundusfm.evaluation.weighted import YOUDEN
from fundusfm.models.card.schema import OperatingPoint

POINTS = (YOUDEN, "sensitivity_0.95", "specificity_0.95")

_TARGET = 0.95 - 1e-12
"""Less a rounding error: 1 - 1 / 20 counts as 0.95."""


def operating_points(truth: npt.ArrayLike, score: npt.ArrayLike) -> dict[str, OperatingPoint]:
    """Chooses the three thresholds of a label.

    `youden` maximises sensitivity + specificity - 1 (Youden 1950); `sensitivity_0.95` is the highest threshold
    whose sensitivity is at least 0.95, `specificity_0.95` the lowest whose specificity is at least 0.95. A
    threshold lies midway between two neighbouring scores, so that rounding moves no decision.

    Args:
        truth: Zeros and ones, shape `(n,)`; rows that are NaN are left out.
        score: Uncalibrated scores in 0..1, shape `(n,)`; `score >= threshold` is positive.

    Returns:
        Name to operating point, with the sensitivity and specificity seen here; empty where a class is absent.
    """
    values = np.asarray(truth, dtype=np.float64)
    known = ~np.isnan(values)
    values, scores = values[known], np.asarray(score, dtype=np.float64)[known]
    if len(np.unique(values)) < 2:
        return {}
    false_positive_rate, sensitivity, thresholds = roc_curve(values, scores, drop_intermediate=False)
    specificity = 1 - false_positive_rate
    highest = thresholds[1]
    # roc_curve starts at infinity (nothing is positive), which JSON cannot hold.
    thresholds[0] = (1 + highest) / 2 if highest < 1 else np.nextafter(highest, np.inf)
    thresholds[1:-1] = (thresholds[1:-1] + thresholds[2:]) / 2
    # argmax takes the first of equals. Thresholds fall along the arrays.
    chosen = {
        POINTS[0]: int(np.argmax(sensitivity + specificity)),
        POINTS[1]: int(np.argmax(sensitivity >= _TARGET)),
        POINTS[2]: int(len(specificity) - 1 - np.argmax(specificity[::-1] >= _TARGET)),
    }
    return {
        name: OperatingPoint(
            threshold=float(thresholds[index]),
            sensitivity=float(sensitivity[index]),
            specificity=float(specificity[index]),
        )
        for name, index in chosen.items()
    }
