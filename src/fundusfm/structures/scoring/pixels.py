"""Pixels counted by probability: ROC and precision-recall curves of one image or many, in bounded memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundusfm.evaluation.weighted import Array

LEVELS = 1 << 12
"""Levels of the log-odds between -16 and 16; areas under curves are within 1e-4 of those of unrounded values."""

_MOST_LOG_ODDS = 16.0


@dataclass(frozen=True)
class PixelCounts:
    """How many pixels have each level of probability, ascending. Counts of several images add up.

    Attributes:
        positive: float64 (levels,), pixels of the structure.
        negative: float64 (levels,), other pixels.
    """

    positive: Array
    negative: Array

    def __add__(self, other: "PixelCounts") -> "PixelCounts":
        return PixelCounts(self.positive + other.positive, self.negative + other.negative)

    def curve(self) -> pd.DataFrame:
        """Returns `threshold`, `sensitivity`, `specificity` and `precision`, from the highest threshold down."""
        found, false = _at_least(self.positive), _at_least(self.negative)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = {
                "threshold": 1 / (1 + np.exp(-_log_odds(np.arange(LEVELS, dtype=np.float64)[::-1] - 0.5))),
                "sensitivity": found / found[-1],
                "specificity": 1 - false / false[-1],
                "precision": found / (found + false),
            }
        return pd.DataFrame(values)


def count_pixels(truth: npt.NDArray[np.bool_], probability: npt.NDArray[np.floating]) -> PixelCounts:
    """Counts pixels by probability.

    Args:
        truth: bool (n,), whether each pixel belongs to the structure.
        probability: (n,), 0 to 1.
    """
    value = np.clip(probability.astype(np.float64), 1e-12, 1 - 1e-12)
    log_odds = np.clip(np.log(value / (1 - value)), -_MOST_LOG_ODDS, _MOST_LOG_ODDS)
    level = np.rint((log_odds + _MOST_LOG_ODDS) * ((LEVELS - 1) / (2 * _MOST_LOG_ODDS))).astype(np.int64)
    every = np.bincount(level, minlength=LEVELS)
    positive = np.bincount(level[truth], minlength=LEVELS)
    return PixelCounts(positive.astype(np.float64), (every - positive).astype(np.float64))


def pooled(counts: Sequence[PixelCounts]) -> PixelCounts:
    """Returns the counts of at least one image, added up."""
    return sum(counts[1:], counts[0])


def areas(positive: Array, negative: Array) -> tuple[Array, Array]:
    """Returns the area under the ROC curve, ties counted half, and the average precision; NaN where a class is absent.

    Args:
        positive: (levels, ...) pixels of the structure by level, ascending.
        negative: (levels, ...) other pixels, likewise.
    """
    found, false = _at_least(positive), _at_least(negative)
    own, other = positive[::-1], negative[::-1]
    both = np.where((found[-1] > 0) & (false[-1] > 0), 1.0, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        auroc = (other * (found - own / 2)).sum(axis=0) / (found[-1] * false[-1])
        precision = np.nan_to_num(found / (found + false))
        auprc = (own * precision).sum(axis=0) / found[-1]
    return np.asarray(auroc * both), np.asarray(auprc * both)


def _log_odds(level: Array) -> Array:
    return np.asarray(level * (2 * _MOST_LOG_ODDS / (LEVELS - 1)) - _MOST_LOG_ODDS)


def _at_least(counts: Array) -> Array:
    return np.asarray(np.cumsum(counts[::-1], axis=0))
