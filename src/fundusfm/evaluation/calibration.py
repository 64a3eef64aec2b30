"""Temperature scaling: one number that makes scores mean probabilities, without changing a rank.

Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, logit, softmax

from fundusfm.data.labels import Task
from fundusfm.evaluation.weighted import Array

_LOG_TEMPERATURE = (-3.0, 3.0)
"""Temperatures from 0.05 to 20: separable scores would drive the optimum to zero."""

_EPSILON = 1e-7


def fit_temperature(score: npt.ArrayLike, truth: npt.ArrayLike, task: Task) -> float:
    """Returns the temperature with the least negative log-likelihood.

    Args:
        score: Binary and multilabel: sigmoid scores of one label in 0..1, shape `(n,)`. Multiclass: softmax
            scores, shape `(n, classes)`.
        truth: Zeros and ones of the same shape (one-hot for multiclass); rows with NaN are left out.
        task: Which of the two the scores are.

    Returns:
        The temperature, between 0.05 and 20; 1 (no change) where only one class is present.
    """
    scores, values = np.asarray(score, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if task == "multiclass":
        known = ~np.isnan(values).any(axis=1)
        scores, values = _log(scores[known]), values[known]
        if (values.sum(axis=0) > 0).sum() < 2:
            return 1.0

        def loss(log_temperature: float) -> float:
            return float(-(values * log_softmax(scores / np.exp(log_temperature), axis=1)).sum() / len(values))
    else:
        known = ~np.isnan(values)
        scores, values = _logit(scores[known]), values[known]
        if len(np.unique(values)) < 2:
            return 1.0

        def loss(log_temperature: float) -> float:
            signed = np.where(values > 0.5, scores, -scores) / np.exp(log_temperature)
            return float(np.logaddexp(0.0, -signed).mean())

    return float(np.exp(minimize_scalar(loss, bounds=_LOG_TEMPERATURE, method="bounded").x))


def apply_temperature(score: npt.ArrayLike, temperature: float, task: Task) -> Array:
    """Returns calibrated probabilities of the scores' shape; arguments as for `fit_temperature`."""
    scores = np.asarray(score, dtype=np.float64)
    if task == "multiclass":
        return np.asarray(softmax(_log(scores) / temperature, axis=1), dtype=np.float64)
    return np.asarray(expit(_logit(scores) / temperature), dtype=np.float64)



def _logit(score: Array) -> Array:
    return np.asarray(logit(np.clip(score, _EPSILON, 1 - _EPSILON)), dtype=np.float64)


def _log(score: Array) -> Array:
    return np.asarray(np.log(np.clip(score, _EPSILON, 1.0)), dtype=np.float64)
