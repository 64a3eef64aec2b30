"""Ninety-five per cent intervals from a bootstrap over patients."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import norm, t

from fundusfm.evaluation.weighted import Array

REPEATS = 1000

_CHUNK_ELEMENTS = 1 << 19
"""Weights held at a time, 4 MiB: bounds the memory for any number of images, and stays near the cache."""

_ALIKE = 1e-9


class ConfidenceInterval(NamedTuple):
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


def patient_weights(
    groups: npt.ArrayLike, *, repeats: int = REPEATS, seed: int = 0, strata: npt.ArrayLike | None = None
) -> Iterator[Array]:
    """Draws patients with replacement, and yields how often each row was drawn with its patient.

    All images of a patient are drawn together. They are not independent, and resampling images would give intervals
    that are too narrow.

    Args:
        groups: Patient of each row, shape `(n,)`; any values.
        repeats: Number of resamples.
        seed: Random seed of the resamples.
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


def interval(value: float, resampled: Array, patients: int) -> ConfidenceInterval:
    """Returns the 95 % interval of a statistic from its resamples: expanded percentiles.

    Plain percentiles are too narrow for small samples. They are moved outwards as Student's t moves the ends of an
    interval of a mean (Hesterberg, The American Statistician 69:371, 2015); with many patients nothing moves. The
    interval is widened to hold the value where it does not. Resamples in which the statistic is undefined are left out.

    Args:
        value: The statistic of the data.
        resampled: The statistic of each resample, shape `(resamples,)`.
        patients: Number of patients of the rarest class that the statistic needs.

    Returns:
        NaN at both ends where the value is NaN, no resample is defined or there are fewer than two patients, and where
        the interval would have no width: resamples that are all alike do not tell how far the value may be off.
    """
    defined = resampled[~np.isnan(resampled)]
    if np.isnan(value) or not len(defined) or patients < 2:
        return ConfidenceInterval(value, np.nan, np.nan)
    tail = 100 * float(norm.cdf(-_reach(patients) * np.sqrt(patients / (patients - 1))))
    low, high = np.percentile(defined, [tail, 100 - tail])
    low, high = min(float(low), value), max(float(high), value)
    # Sums in another order differ in the last digits, and such resamples are alike too.
    return ConfidenceInterval(value, low, high) if high - low > _ALIKE else ConfidenceInterval(value, np.nan, np.nan)


def area_interval(value: float, resampled: Array, patients: int) -> ConfidenceInterval:
    """Returns the 95 % interval of an area under a curve: symmetric on the logit scale, so that it stays within 0..1.

    Percentiles of an area near 1 are too narrow (Pepe, The Statistical Evaluation of Medical Tests, 2003, section 5.2).

    Args:
        value: The area.
        resampled: The area of each resample, shape `(resamples,)`.
        patients: Number of patients of the rarest class that the area needs.

    Returns:
        NaN at both ends as for `interval`, and where the area is 0 or 1.
    """
    defined = resampled[~np.isnan(resampled)]
    if not 0 < value < 1 or len(defined) < 2 or patients < 2 or (error := float(defined.std(ddof=1))) < _ALIKE:
        return ConfidenceInterval(value, np.nan, np.nan)
    margin = _reach(patients) * error / (value * (1 - value))
    return ConfidenceInterval(value, float(expit(logit(value) - margin)), float(expit(logit(value) + margin)))


def _reach(patients: int) -> float:
    return float(t.ppf(0.975, patients - 1))
