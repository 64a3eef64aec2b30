"""Ninety-five per cent intervals from a bootstrap over patients."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fundusfm.evaluation.weighted import Array

REPEATS = 1000

_CHUNK_ELEMENTS = 1 << 19
"""Weights held at a time, 4 MiB: bounds the memory for any number of images, and stays near the cache."""

Statistic = Callable[[Array, Array, Array], Array]
"""`(truth (n,), score (n,), weights (n, resamples))` to the statistic of each resample, as in `weighted`."""


class Interval(NamedTuple):
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


def patient_weights(
    groups: npt.ArrayLike, *, repeats: int = REPEATS, seed: int = 0, strata: npt.ArrayLike | None = None
) -> Iterator[Array]:
    """Draws patients with replacement, and yields how often each row was drawn with its patient.

    All images of a patient come and go together: they are no independent evidence, and resampling images
    would give intervals that are too narrow.

    Args:
        groups: Patient of each row, shape `(n,)`; any values.
        repeats: Number of resamples.
        seed: Same seed, same resamples.
        strata: Stratum of each row, such as its fold: as many patients are drawn from each stratum as it has.

    Yields:
        Chunks of shape `(n, r)`, whose `r` add up to `repeats`.
    """
    group_values = np.asarray(groups)
    layers = (
        np.zeros(len(group_values), dtype=np.intp)
        if strata is None
        else np.unique(np.asarray(strata), return_inverse=True)[1]
    )
    codes = np.unique(group_values, return_inverse=True)[1]
    # A patient who is in two strata counts as one patient in each: strata are resampled independently.
    keys, patient_of_row = np.unique(np.stack([layers, codes]), axis=1, return_inverse=True)
    patient_of_row = patient_of_row.ravel()
    starts = np.flatnonzero(np.r_[True, keys[0, 1:] != keys[0, :-1]]) if keys.shape[1] else np.empty(0, np.intp)
    ends = np.r_[starts[1:], keys.shape[1]].astype(np.intp)
    rng = np.random.default_rng(seed)
    chunk = max(1, _CHUNK_ELEMENTS // max(1, len(group_values)))
    for first in range(0, repeats, chunk):
        size = min(chunk, repeats - first)
        counts = np.empty((keys.shape[1], size))
        for repeat in range(size):
            for start, end in zip(starts, ends, strict=True):
                drawn = rng.integers(0, end - start, size=end - start)
                counts[start:end, repeat] = np.bincount(drawn, minlength=end - start)
        yield counts[patient_of_row]


def interval(value: float, resampled: Array) -> Interval:
    """Returns the percentile interval of a statistic's resamples.

    It is widened to hold the value where it does not: the calibration error of a resample is larger than that
    of the data it is drawn from, so its percentiles alone can lie above the value. Resamples in which the
    statistic is undefined are left out.
    """
    defined = resampled[~np.isnan(resampled)]
    if np.isnan(value) or not len(defined):
        return Interval(value, np.nan, np.nan)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Interval(value, min(float(low), value), max(float(high), value))


def bootstrap(
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    groups: npt.ArrayLike,
    statistic: Statistic,
    *,
    repeats: int = REPEATS,
    seed: int = 0,
) -> Interval:
    """Returns a statistic and its 95 % interval from resampled patients.

    Args:
        truth: Zeros and ones, shape `(n,)`; rows that are NaN are left out.
        score: Shape `(n,)`.
        groups: Patient of each row, shape `(n,)`.
        statistic: Such as `weighted.auroc`.
        repeats: Number of resamples.
        seed: Same seed, same interval.
    """
    values = np.asarray(truth, dtype=np.float64)
    known = ~np.isnan(values)
    values, scores = values[known], np.asarray(score, dtype=np.float64)[known]
    value = float(statistic(values, scores, np.ones((len(values), 1)))[0])
    chunks = patient_weights(np.asarray(groups)[known], repeats=repeats, seed=seed)
    return interval(value, np.concatenate([statistic(values, scores, weights) for weights in chunks]))
