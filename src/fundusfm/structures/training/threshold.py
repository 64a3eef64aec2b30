"""Thresholds of a mask: of pixels for the best Dice, of pieces so that little is found where nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.structures.scoring.pixels import LEVELS, PixelCounts, pooled

_LARGEST_FALSE_SHARE = 1 / 20_000
"""Largest share of found pixels in a healthy eye: 25 pixels in a crop of 800 px, the size of one microaneurysm."""

_QUIET = 0.75
"""Share of the healthy photographs in which no more may be found; some have been called healthy by mistake."""


@dataclass(frozen=True)
class Threshold:
    """A chosen threshold.

    Attributes:
        point: The threshold, with its pooled sensitivity and specificity on the training photographs that have the
            structure.
        dice: Mean Dice of these photographs at the threshold.
        piece: What a pixel of a piece has to reach for the piece to count, where that is more.
    """

    point: OperatingPoint
    dice: float
    piece: OperatingPoint | None = None


def pixel_thresholds(chosen: Mapping[str, Threshold]) -> dict[str, float]:
    """Returns the threshold of the pixels of each mask."""
    return {label: one.point.threshold for label, one in chosen.items()}


def piece_thresholds(chosen: Mapping[str, Threshold]) -> dict[str, float]:
    """Returns what a pixel of a piece has to reach, for the masks that have such a limit."""
    return {label: one.piece.threshold for label, one in chosen.items() if one.piece}


def best_threshold(counts: Sequence[PixelCounts], sets: Sequence[str]) -> Threshold:
    """Chooses the threshold with the best mean Dice on the training photographs; of several equal ones, the middle one.

    Every data set has the same weight in the mean. Where some photographs are known to lack the structure, such as
    healthy eyes, a piece has to reach what at most 1 in 20,000 pixels reach in three of four of these photographs.

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
    place = int(best[len(best) // 2])
    quiet = _last_quiet([count for count in counts if not count.positive.any()])
    curve = pooled([count for count, _ in drawn]).curve()
    return Threshold(_point(curve, place), float(dice[place]), _point(curve, quiet) if quiet < place else None)


def _point(curve: pd.DataFrame, place: int) -> OperatingPoint:
    row = curve.iloc[place]
    return OperatingPoint(
        threshold=float(row["threshold"]),
        sensitivity=float(row["sensitivity"]),
        specificity=float(row["specificity"]),
    )


def _dice(count: PixelCounts) -> Array:
    """Returns Dice at each level, from the highest down, in the order of `PixelCounts.curve`."""
    hits, false = np.cumsum(count.positive[::-1]), np.cumsum(count.negative[::-1])
    return np.asarray(2 * hits / (hits + false + count.positive.sum()))


def _last_quiet(lacking: Sequence[PixelCounts]) -> int:
    """Returns the last level, from the highest down, at which enough of the healthy photographs are quiet."""
    if not lacking:
        return LEVELS - 1
    found = np.cumsum([count.negative[::-1] for count in lacking], axis=1)
    quiet = found <= _LARGEST_FALSE_SHARE * found[:, -1:]
    return int(np.flatnonzero(quiet.mean(axis=0) >= _QUIET).max(initial=0))
