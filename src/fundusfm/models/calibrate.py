"""Calibration of scores by what the card stores: logits are divided by a temperature, and a bias is added.

The temperature is fitted in training (Guo et al., ICML 2017), the bias by `fundusfm adapt` alone: it moves the
probabilities to how frequent a label is where the model is used.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fundusfm.models.card.schema import ALL, Card
from fundusfm.models.logistic import expit, logit, softmax

_EPSILON = 1e-7


def apply_temperature(
    score: ArrayLike,
    temperature: float | Sequence[float],
    task: str | None,
    bias: float | Sequence[float] | NDArray[np.float64] = 0.0,
) -> NDArray[np.float64]:
    """Returns calibrated probabilities.

    Args:
        score: Softmax scores (n, classes) for `multiclass`; otherwise sigmoid scores in 0..1, (n,) or (n, labels).
        temperature: Divides the logits: one number, or one per label.
        task: Which of the two the scores are.
        bias: Added to the divided logits: one number, or one per label or class.

    Returns:
        float64 of the scores' shape.
    """
    scores, divisor = np.asarray(score, dtype=np.float64), np.asarray(temperature, dtype=np.float64)
    if task == "multiclass":
        return np.asarray(softmax(log_scores(scores) / divisor + bias, axis=1), dtype=np.float64)
    return np.asarray(expit(logits_of(scores) / divisor + bias), dtype=np.float64)


def probabilities(scores: NDArray[np.float64], card: Card) -> NDArray[np.float64]:
    """Returns calibrated probabilities (n, labels) for scores of that shape; without a calibration, the scores."""
    if not card.temperature and not card.bias:
        return scores
    bias = [card.bias.get(label, 0.0) for label in card.labels]
    if card.task == "multiclass":
        return apply_temperature(scores, card.temperature.get(ALL, 1.0), card.task, bias)
    return apply_temperature(scores, [card.temperature.get(label, 1.0) for label in card.labels], card.task, bias)


def logits_of(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the logits of sigmoid scores, finite even where rounding made a score 0 or 1."""
    return np.asarray(logit(np.clip(score, _EPSILON, 1 - _EPSILON)), dtype=np.float64)


def log_scores(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the logarithm of softmax scores, finite even where rounding made a score 0."""
    return np.asarray(np.log(np.clip(score, _EPSILON, 1.0)), dtype=np.float64)
