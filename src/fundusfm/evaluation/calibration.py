"""Temperature scaling: one number that makes scores mean probabilities, without changing a rank.

Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from fundusfm.data.manifest.labels import Task
from fundusfm.models.calibrate import log_scores, logits_of

_LOG_TEMPERATURE = (-3.0, 3.0)
"""Temperatures from 0.05 to 20: separable scores would drive the optimum to zero."""


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
        scores, values = log_scores(scores[known]), values[known]
        if (values.sum(axis=0) > 0).sum() < 2:
            return 1.0

        def loss(log_temperature: float) -> float:
            return float(-(values * log_softmax(scores / np.exp(log_temperature), axis=1)).sum() / len(values))
    else:
        known = ~np.isnan(values)
        scores, values = logits_of(scores[known]), values[known]
        if len(np.unique(values)) < 2:
            return 1.0

        def loss(log_temperature: float) -> float:
            signed = np.where(values > 0.5, scores, -scores) / np.exp(log_temperature)
            return float(np.logaddexp(0.0, -signed).mean())

    return float(np.exp(minimize_scalar(loss, bounds=_LOG_TEMPERATURE, method="bounded").x))
