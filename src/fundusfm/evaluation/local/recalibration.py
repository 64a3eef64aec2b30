"""Fits the calibration of a model anew to a few local photographs: a temperature and a bias per label.

The bias follows how frequent a label is here, the temperature how sure the scores should be. Both are held near what
the model came with, as by a prior distribution, so that a handful of photographs moves them little (Platt 1999, with
the penalty of a ridge regression).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax

from fundusfm.models.calibrate import log_scores, logits_of

_SPREAD_OF_LOG_TEMPERATURE = 0.5
"""Standard deviation of the prior: a factor of 1.6 either way is likely, one of 3 is not."""

_SPREAD_OF_BIAS = 3.0
"""Standard deviation of the prior in logits: a label may well be ten times as frequent here."""

_LOG_TEMPERATURE = (-3.0, 3.0)
_LARGEST_BIAS = 20.0


class Recalibration(NamedTuple):
    """Calibration of one label, or of all classes: logits are divided by the temperature, and the bias is added.

    Attributes:
        temperature: Above 0.
        bias: One number, or one per class, shape `(labels,)`.
    """

    temperature: float
    bias: npt.NDArray[np.float64]


def recalibrate(score: npt.ArrayLike, truth: npt.ArrayLike, start: Recalibration) -> Recalibration:
    """Returns the most likely calibration, given what the model came with.

    Args:
        score: Sigmoid scores of one label, shape `(n,)`, or softmax scores `(n, classes)`; uncalibrated, 0..1.
        truth: Zeros and ones of the same shape (one-hot for classes); rows with NaN are left out.
        start: The calibration that the model came with.
    """
    scores, values = np.asarray(score, np.float64), np.asarray(truth, np.float64)
    known = ~np.isnan(values) if values.ndim == 1 else ~np.isnan(values).any(axis=1)
    scores, values = scores[known], values[known]
    classes = values.ndim == 2
    logits = log_scores(scores) if classes else logits_of(scores)

    def loss(parameters: npt.NDArray[np.float64]) -> float:
        shifted = logits / (start.temperature * np.exp(parameters[0])) + start.bias + parameters[1:]
        if classes:
            likelihood = -(values * log_softmax(shifted, axis=1)).sum()
        else:
            likelihood = np.logaddexp(0.0, np.where(values > 0.5, -shifted, shifted)).sum()
        prior = (parameters[0] / _SPREAD_OF_LOG_TEMPERATURE) ** 2 + ((parameters[1:] / _SPREAD_OF_BIAS) ** 2).sum()
        return float(likelihood + prior / 2)

    bounds = [_LOG_TEMPERATURE, *[(-_LARGEST_BIAS, _LARGEST_BIAS)] * np.size(start.bias)]
    found = minimize(loss, np.zeros(len(bounds)), method="L-BFGS-B", bounds=bounds).x
    return Recalibration(float(start.temperature * np.exp(found[0])), start.bias + found[1:])
