"""Temperature scaling of scores by what the card stores (Guo et al., ICML 2017)."""

import numpy as np
from numpy.typing import NDArray

from fundusfm.models.card import Card

_EPSILON = 1e-7


def probabilities(scores: NDArray[np.float64], card: Card) -> NDArray[np.float64]:
    """Returns calibrated probabilities (n, labels) for scores of that shape; without a temperature, the scores."""
    if not card.temperature:
        return scores
    clipped = np.clip(scores, _EPSILON, 1 - _EPSILON)
    if card.task == "multiclass":
        powered: NDArray[np.float64] = clipped ** (1 / card.temperature.get("*", 1.0))
        normalised: NDArray[np.float64] = powered / powered.sum(axis=1, keepdims=True)
        return normalised
    temperature = np.array([card.temperature.get(label, 1.0) for label in card.labels])
    logits = np.log(clipped / (1 - clipped)) / temperature
    calibrated: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return calibrated
