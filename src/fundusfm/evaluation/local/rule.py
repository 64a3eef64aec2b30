"""The referral rule on local photographs: all thresholds move by one number, and how many eyes that takes.

Local photographs are too few for a threshold of their own per label, so the rule keeps how its thresholds stand to each
other and moves them together, on the scale of logits.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import norm

from fundusfm.evaluation.weighted import Array
from fundusfm.models.calibrate import logits_of
from fundusfm.models.card.referral import Goal

_Z = float(norm.ppf(0.975))
_ROUNDING = 1e-12


def eyes_needed(target: float, half_width: float) -> int:
    """Returns how many eyes give a share its 95 % interval of a half-width: z² p (1 - p) / h², rounded up (Wald)."""
    return math.ceil(_Z**2 * target * (1 - target) / half_width**2)


def half_width_of(target: float, eyes: int) -> float:
    """Returns the half-width of the interval that a number of eyes, at least one, give a share."""
    return _Z * math.sqrt(target * (1 - target) / eyes)


def margins(labels: Sequence[str], score: Array, thresholds: Mapping[str, float]) -> Array:
    """Returns how far the rule's strongest label is above its threshold, in logits, shape `(n,)`.

    Args:
        labels: Columns of the scores; those of `thresholds` are among them.
        score: Uncalibrated scores, shape `(n, labels)`.
        thresholds: By label.
    """
    columns = [list(labels).index(label) for label in thresholds]
    limits = logits_of(np.array(list(thresholds.values())))
    return np.asarray((logits_of(score[:, columns]) - limits).max(axis=1), np.float64)


def shift_for(
    margin: Array, normal: npt.NDArray[np.bool_], found: npt.NDArray[np.bool_], *, goal: Goal, target: float
) -> float:
    """Returns by how much all thresholds are raised, in logits, so that the rule keeps its goal.

    Args:
        margin: As from `margins`, shape `(n,)`.
        normal: Eyes that should not be referred, shape `(n,)`.
        found: Eyes that should be, shape `(n,)`.
        goal: What is kept.
        target: How much of it.
    """
    if goal == "specificity":
        falling = -np.sort(-margin[normal])
        return _between(falling, math.floor(len(falling) * (1 - target) + _ROUNDING))
    falling = -np.sort(-margin[found])
    return _between(falling, math.ceil(len(falling) * target - _ROUNDING))


def moved(thresholds: Mapping[str, float], shift: float) -> dict[str, float]:
    """Returns thresholds that are raised by a number of logits."""
    limits = expit(logits_of(np.array(list(thresholds.values()))) + shift)
    return dict(zip(thresholds, map(float, limits), strict=True))


def _between(falling: Array, count: int) -> float:
    """Returns the limit that a number of the values reach, midway between two neighbours."""
    if count == 0:
        return float(np.nextafter(falling[0], np.inf))
    if count == len(falling):
        return float(falling[-1])
    return float(falling[count - 1] + falling[count]) / 2
