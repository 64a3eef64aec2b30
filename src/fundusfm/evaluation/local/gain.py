"""What is gained by fitting calibration and thresholds to local photographs, with an interval by patient."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fundusfm.evaluation.intervals import REPEATS, interval, patient_weights
from fundusfm.evaluation.weighted import Array, BinaryResamples, divide

Mask = npt.NDArray[np.bool_]
Statistic = Callable[[Array], Array]
"""From weights `(n, resamples)` to a value per resample."""


class Gain(NamedTuple):
    """One figure before and after.

    Attributes:
        before: Of the bundle as it was.
        after: Of the adapted one, on patients that its fold left out.
        low: Lower end of the 95 % interval of the difference, after less before; NaN where there is none.
        high: Upper end.
    """

    before: float
    after: float
    low: float
    high: float

    def __str__(self) -> str:
        if np.isnan(self.low):
            change = "no interval of the difference: it is the same in all resamples"
        else:
            change = f"95 % of the difference: {self.low:+.3f} to {self.high:+.3f}"
        return f"{self.before:.3f} before, {self.after:.3f} after ({change})"

    def plain(self) -> dict[str, Any]:
        """Returns the gain as `metrics.json` holds it."""
        return {"before": self.before, "after": self.after, "low": self.low, "high": self.high}


def calibration_gains(
    truth: Array, score: Array, before: Array, after: Array, patients: npt.NDArray[np.intp], *, seed: int
) -> dict[str, Gain]:
    """Returns what calibration error (15 bins) and Brier score of a label gain; less is better.

    Args:
        truth: Zeros and ones, NaN where unknown, shape `(n,)`.
        score: Uncalibrated scores.
        before: Probabilities as they were.
        after: Probabilities of the adapted bundle.
        patients: Patient of each photograph.
        seed: Random seed of the resamples.
    """
    known = ~np.isnan(truth)
    both = [BinaryResamples(truth[known], score[known], part[known], {}) for part in (before, after)]
    return {
        metric: _gain(_metric(both[0], metric), _metric(both[1], metric), patients[known], seed)
        for metric in ("ece", "brier")
    }


def share_gain(before: Mask, after: Mask, patients: npt.NDArray[np.intp], *, seed: int) -> Gain:
    """Returns what a share of eyes gains, such as the share of normal eyes that are not referred; more is better."""
    return _gain(_share(before), _share(after), patients, seed)


def _metric(resamples: BinaryResamples, name: str) -> Statistic:
    return lambda weights: resamples.metrics(weights)[name]


def _share(hits: Mask) -> Statistic:
    return lambda weights: divide(hits.astype(np.float64) @ weights, weights.sum(axis=0))


def _gain(before: Statistic, after: Statistic, patients: npt.NDArray[np.intp], seed: int) -> Gain:
    once = np.ones((len(patients), 1))
    first, second = float(before(once)[0]), float(after(once)[0])
    chunks = patient_weights(patients, repeats=REPEATS, seed=seed)
    drawn = np.concatenate([after(weights) - before(weights) for weights in chunks])
    found = interval(second - first, drawn, len(np.unique(patients)))
    return Gain(first, second, found.low, found.high)
