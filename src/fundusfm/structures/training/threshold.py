"""The threshold from which a pixel belongs to a mask: best Dice, and little found where nothing is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.structures.scoring.pixels import LEVELS, PixelCounts

_LARGEST_FALSE_SHARE = 1 / 20_000
"""Of the pixels of a healthy eye. In a crop of 800 px these are 25 pixels, the size of one microaneurysm."""

_QUIET = 0.75
"""Share of the healthy photographs in which no more may be found; some have been called healthy by mistake."""


@dataclass(frozen=True)
class Threshold:
    """A chosen threshold.

    Attributes:
        point: The threshold, with the pooled sensitivity and specificity it has on the training photographs that have
            the mask.
        dice: Their mean Dice.
    """

    point: OperatingPoint
    dice: float


def best_threshold(counts: Sequence[PixelCounts], sets: Sequence[str]) -> Threshold:
    """Chooses the threshold with the best mean Dice on the training photographs; the middle one where several are.

    Every data set has the same weight in the mean. In three of four photographs that are known to lack the mask, such as
    healthy eyes, at most 1 in 20,000 pixels may be found: a threshold that finds more is raised.

    Args:
        counts: Pixels of each training photograph inside its field of view, by score. Photographs without a pixel of
            the mask have no Dice; where none has one, the threshold is 0.5.
        sets: The data set of each.
    """
    drawn = [(count, name) for count, name in zip(counts, sets, strict=True) if count.positive.any()]
    if not drawn:
        return Threshold(OperatingPoint(threshold=0.5, sensitivity=0.0, specificity=1.0), 0.0)
    names = [name for _, name in drawn]
    weights = np.array([1 / names.count(name) for name in names])
    dice = np.average([_dice(count) for count, _ in drawn], axis=0, weights=weights)
    best = np.flatnonzero(dice >= dice.max() - 1e-9)
    place = min(int(best[len(best) // 2]), _last_quiet([count for count in counts if not count.positive.any()]))
    curve = _pooled([count for count, _ in drawn]).curve()
    return Threshold(
        OperatingPoint(
            threshold=float(curve["threshold"].iloc[place]),
            sensitivity=float(curve["sensitivity"].iloc[place]),
            specificity=float(curve["specificity"].iloc[place]),
        ),
        float(dice[place]),
    )


def _dice(count: PixelCounts) -> Array:
    """Returns Dice by level, from the highest down, as `PixelCounts.curve` has its rows."""
    hits, false = np.cumsum(count.positive[::-1]), np.cumsum(count.negative[::-1])
    return np.asarray(2 * hits / (hits + false + count.positive.sum()))


def _last_quiet(lacking: Sequence[PixelCounts]) -> int:
    """Returns the last level, from the highest down, at which enough of the healthy photographs are quiet."""
    if not lacking:
        return LEVELS - 1
    found = np.cumsum([count.negative[::-1] for count in lacking], axis=1)
    quiet = found <= _LARGEST_FALSE_SHARE * found[:, -1:]
    return int(np.flatnonzero(quiet.mean(axis=0) >= _QUIET).max(initial=0))


def _pooled(counts: Sequence[PixelCounts]) -> PixelCounts:
    whole = counts[0]
    for other in counts[1:]:
        whole = whole + other
    return whole
