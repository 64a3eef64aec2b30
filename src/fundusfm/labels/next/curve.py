"""How well the labels so far train a linear probe, and what more labels are expected to add."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from fundusfm.data.manifest.labels import Targets
from fundusfm.data.manifest.splits import group_folds, nested_fraction
from fundusfm.errors import SplitError
from fundusfm.evaluation.intervals import ConfidenceInterval, area_interval, interval, patient_weights
from fundusfm.evaluation.paired import MeanAuroc
from fundusfm.evaluation.weighted import Array
from fundusfm.training.linear.linear_head import fit_head

FRACTIONS = (0.1, 0.18, 0.32, 0.56, 1.0)
"""Shares of the labelled patients, evenly spaced in the logarithm."""

_FOLDS = 5
_REPEATS = 200
_FEWEST = 40
"""Labelled patients below which a curve says nothing."""


@dataclass(frozen=True)
class CurvePoint:
    """A probe on a part of the labels.

    Attributes:
        photographs: Photographs that each fold's head learnt from, on average.
        auroc: Mean AUROC over labels and folds, with its 95 % interval over patients.
    """

    photographs: float
    auroc: ConfidenceInterval


@dataclass(frozen=True)
class LearningCurve:
    """The curve so far, and where it leads.

    Attributes:
        points: From the fewest labels to all of them.
        more: How many more photographs were asked for.
        gain: Expected gain in AUROC of that many more, drawn at random; None where it cannot be told.
        refusal: Why it cannot be told; empty where it can.
    """

    points: list[CurvePoint]
    more: int
    gain: ConfidenceInterval | None
    refusal: str


def learning_curve(
    features: NDArray[np.float32], targets: Targets, groups: NDArray[np.object_], *, more: int, seed: int
) -> LearningCurve:
    """Measures probes on nested parts of the labels, and extends the curve by an inverse power law.

    The error 1 - AUROC is taken as a m^-b + c (Figueroa et al., "Predicting sample size required for classification
    performance", BMC Medical Informatics and Decision Making 12:8, 2012), fitted with the points' errors as weights.
    Its interval comes from fitting the curve of every resample of patients.

    Args:
        features: float32 (n, d) of the labelled photographs.
        targets: Their labels.
        groups: (n,) their patients.
        more: How many more photographs to look ahead.
        seed: Random seed of folds, parts and resamples.
    """
    patients = len(np.unique(groups.astype(str)))
    if patients < _FEWEST:
        return LearningCurve([], more, None, f"{patients} patients have labels; at least {_FEWEST} are needed")
    try:
        folds = group_folds(groups, targets.values, folds=_FOLDS, seed=seed, both_classes=True)
    except SplitError as error:
        return LearningCurve([], more, None, str(error))
    sizes, means, draws = [], [], []
    weights = np.concatenate(list(patient_weights(groups, repeats=_REPEATS, seed=seed, strata=folds)), axis=1)
    for fraction in FRACTIONS:
        size, scores = _scores(features, targets, groups, folds, fraction, seed)
        measure = MeanAuroc(targets.values.astype(np.float64), scores, folds)
        sizes.append(size)
        means.append(float(measure.of(np.ones((len(groups), 1)))[0]))
        draws.append(measure.of(weights))
    points = [
        CurvePoint(size, area_interval(value, drawn, patients))
        for size, value, drawn in zip(sizes, means, draws, strict=True)
    ]
    gain, refusal = _extended(np.array(sizes), np.array(means), np.stack(draws), more, patients)
    return LearningCurve(points, more, gain, refusal)


def _scores(
    features: NDArray[np.float32], targets: Targets, groups: NDArray[np.object_], folds: NDArray[np.int64],
    fraction: float, seed: int,
) -> tuple[float, Array]:  # fmt: skip
    """Returns the mean number of photographs learnt from, and the out-of-fold logits (n, labels)."""
    logits = np.zeros(targets.values.shape)
    counts = []
    for fold in range(_FOLDS):
        outside = np.flatnonzero(folds != fold)
        rows = outside[nested_fraction(groups[outside], targets.values[outside], fraction=fraction, seed=seed)]
        head = fit_head(features[rows], targets.values[rows], groups[rows], task=targets.task, seed=seed)
        logits[folds == fold] = head.logits(features[folds == fold])
        counts.append(len(rows))
    return float(np.mean(counts)), logits


def _extended(
    sizes: Array, means: Array, draws: Array, more: int, patients: int
) -> tuple[ConfidenceInterval | None, str]:
    if np.isnan(means).any():
        return None, "a part of the labels is too small to be measured"
    if means[-1] <= means[0]:
        return None, "the curve does not rise: more labels have not helped so far"
    if more > sizes[-1]:
        return None, f"{more} more are more than the {sizes[-1]:.0f} photographs that the curve rests on"
    errors = np.maximum(draws.std(axis=1, ddof=1), 1e-4)
    value = _gain(sizes, 1 - means, errors, more)
    if value is None:
        return None, "the points do not follow an inverse power law"
    resampled = [_gain(sizes, 1 - drawn, errors, more) for drawn in draws.T if not np.isnan(drawn).any()]
    fitted = np.array([one for one in resampled if one is not None])
    if len(fitted) < 0.8 * len(resampled):
        return None, "the points do not follow an inverse power law in most resamples of the patients"
    return interval(value, fitted, patients), ""


def _gain(sizes: Array, error: Array, spread: Array, more: int) -> float | None:
    """Returns the fall of the fitted error over the next photographs; None where nothing can be fitted."""
    try:
        found, _ = curve_fit(
            _power_law,
            sizes,
            error,
            p0=(max(error[0] - error[-1], 1e-3) * sizes[0] ** 0.5, 0.5, max(error[-1] * 0.5, 1e-6)),
            sigma=spread,
            bounds=((0, 0.01, 0), (np.inf, 3, 1)),
            max_nfev=2000,
        )
    except RuntimeError:  # no convergence
        return None
    now, then = _power_law(np.array([sizes[-1], sizes[-1] + more]), *found)
    return float(now - then)


def _power_law(size: Array, a: float, b: float, c: float) -> Array:
    return a * size**-b + c
