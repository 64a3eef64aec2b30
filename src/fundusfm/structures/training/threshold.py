"""The threshold of a mask: the best mean Dice on the training photographs, with few pixels found in healthy eyes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.structures.scoring.pixels import LEVELS, PixelCounts, pooled

_LARGEST_FALSE_SHARE = 1 / 20_000
"""Largest share of found pixels in healthy eyes: 25 pixels in a crop of 800 px, the size of one microaneurysm."""


@dataclass(frozen=True)
class Threshold:
    """A chosen threshold.

    Attributes:
        point: The threshold, with its pooled sensitivity and specificity on the training photographs that have the
            structure.
        dice: Mean Dice of these photographs at the threshold.
    """

    point: OperatingPoint
    dice: float


def best_threshold(counts: Sequence[PixelCounts], sets: Sequence[str]) -> Threshold:
    """Chooses the threshold with the best mean Dice on the training photographs; of several equal ones, the middle one.

    Every data set has the same weight in the mean. In photographs that are known to lack the structure, such as healthy
    eyes, at most 1 in 20,000 pixels may be found: a threshold that finds more is raised.

    Args:
        counts: Pixels of each training photograph inside its field of view, by probability. Photographs without the
            structure have no Dice; if none has one, the threshold is 0.5.
        sets: Data set of each photograph.
    """
    drawn = [(count, name) for count, name in zip(counts, sets, strict=True) if count.positive.any()]
    if not drawn:
        return Threshold(OperatingPoint(threshold=0.5, sensitivity=0.0, specificity=1.0), 0.0)
    names = [name for _, name in drawn]
    weights = np.array([1 / names.count(name) for name in names])
    dice = np.average([_dice(count) for count, _ in drawn], axis=0, weights=weights)
    best = np.flatnonzero(dice >= dice.max() - 1e-9)
    place = min(int(best[len(best) // 2]), _last_quiet([count for count in counts if not count.positive.any()]))
    curve = pooled([count for count, _ in drawn]).curve()
    return Threshold(
        OperatingPoint(
            threshold=float(curve["threshold"].iloc[place]),
            sensitivity=float(curve["sensitivity"].iloc[place]),
            specificity=float(curve["specificity"].iloc[place]),
        ),
        float(dice[place]),
    )


def _dice(count: PixelCounts) -> Array:
    """Returns Dice at each level, from the highest down, in the order of `PixelCounts.curve`."""
    hits, false = np.cumsum(count.positive[::-1]), np.cumsum(count.negative[::-1])
    return np.asarray(2 * hits / (hits + false + count.positive.sum()))


def _last_quiet(lacking: Sequence[PixelCounts]) -> int:
    """Returns the last level, from the highest down, at which few enough pixels are found in such photographs."""
    if not lacking:
        return LEVELS - 1
    found = np.cumsum(pooled(lacking).negative[::-1])
    return max(int(np.searchsorted(found, _LARGEST_FALSE_SHARE * found[-1], side="right")) - 1, 0)
