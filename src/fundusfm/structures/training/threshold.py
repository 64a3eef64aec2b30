"""The threshold of a mask: the one with the best mean Dice over the training photographs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fundusfm.models.card.schema import OperatingPoint
from fundusfm.structures.scoring.pixels import PixelCounts, pooled


@dataclass(frozen=True)
class Threshold:
    """A chosen threshold.

    Attributes:
        point: The threshold, with the pooled sensitivity and specificity it has on the training photographs.
        dice: Mean Dice of these photographs at the threshold.
    """

    point: OperatingPoint
    dice: float


def best_threshold(counts: Sequence[PixelCounts]) -> Threshold:
    """Chooses the threshold with the best mean Dice over photographs; of several equal ones, the middle one.

    Args:
        counts: Pixels of each training photograph inside its field of view, by probability. Photographs without the
            structure have no Dice and are left out; if all are, the threshold is 0.5.
    """
    counts = [count for count in counts if count.positive.any()]
    if not counts:
        return Threshold(OperatingPoint(threshold=0.5, sensitivity=0.0, specificity=1.0), 0.0)
    positive = np.stack([count.positive for count in counts])
    negative = np.stack([count.negative for count in counts])
    # From the highest level down, as `PixelCounts.curve` has its rows.
    hits, false = np.cumsum(positive[:, ::-1], axis=1), np.cumsum(negative[:, ::-1], axis=1)
    drawn = positive.sum(axis=1, keepdims=True)
    dice = (2 * hits / np.maximum(hits + false + drawn, 1)).mean(axis=0)
    best = np.flatnonzero(dice >= dice.max() - 1e-9)
    place = int(best[len(best) // 2])
    curve = pooled(counts).curve()
    return Threshold(
        OperatingPoint(
            threshold=float(curve["threshold"].iloc[place]),
            sensitivity=float(curve["sensitivity"].iloc[place]),
            specificity=float(curve["specificity"].iloc[place]),
        ),
        float(dice[place]),
    )
