"""Paired tests of two models on the same images: is the difference in AUROC more than chance?"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

from fundusfm.errors import EvaluationError
from fundusfm.evaluation.cells import mean_defined
from fundusfm.evaluation.intervals import REPEATS, interval, patient_weights
from fundusfm.evaluation.weighted import Array, Ranking

LEAST_P = 2 / (REPEATS + 1)
"""The p of a bootstrap none of whose resamples lies on the far side of zero: an upper bound of the true one."""


class DeLong(NamedTuple):
    """Two AUROCs on the same images, their difference a - b with its 95 % interval, and the two-sided p."""

    auc_a: float
    auc_b: float
    difference: float
    low: float
    high: float
    p: float


class PairedBootstrap(NamedTuple):
    """Two values on the same patients, their difference a - b with its 95 % interval, and the two-sided p."""

    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float


def delong(truth: npt.ArrayLike, score_a: npt.ArrayLike, score_b: npt.ArrayLike) -> DeLong:
    """Tests the difference of two correlated AUROCs.

    DeLong et al., Biometrics 44:837, 1988, through midranks as in Sun & Xu, IEEE Signal Processing Letters 21:1389,
    2014, which takes n log n time. The test takes images as independent; two eyes of a patient are not, so its p is
    somewhat small on such data. `paired_bootstrap` resamples patients and is the cross-check.

    Args:
        truth: Zeros and ones, shape `(n,)`; rows that are NaN are left out.
        score_a: Scores of the first model, shape `(n,)`.
        score_b: Scores of the second model on the same images, shape `(n,)`.

    Returns:
        All NaN where a class is absent. Where the variance of the difference is zero, p is 1 for equal AUROCs and 0
        otherwise.
    """
    values = np.asarray(truth, dtype=np.float64)
    known = ~np.isnan(values)
    positive = values[known] == 1
    both = np.stack([np.asarray(score_a, dtype=np.float64)[known], np.asarray(score_b, dtype=np.float64)[known]])
    m, n = int(positive.sum()), int((~positive).sum())
    if m == 0 or n == 0:
        return DeLong(*[float("nan")] * 6)
    # A midrank among all less that among its own class counts the rows of the other class below, ties as half.
    ranks = rankdata(both, axis=1)
    above = (ranks[:, positive] - rankdata(both[:, positive], axis=1)) / n
    below = (ranks[:, ~positive] - rankdata(both[:, ~positive], axis=1)) / m
    auc_a, auc_b = above.mean(axis=1)
    difference = auc_a - auc_b
    variance = _variance(above[0] - above[1]) / m + _variance(below[0] - below[1]) / n
    error = np.sqrt(variance)
    if error < 1e-12:
        p = 1.0 if abs(difference) < 1e-12 else 0.0
    else:
        p = 2 * norm.sf(abs(difference) / error)
    margin = norm.ppf(0.975) * error
    return DeLong(
        float(auc_a), float(auc_b), float(difference), float(difference - margin), float(difference + margin), float(p)
    )


def _variance(values: Array) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def paired_bootstrap(
    truth: npt.ArrayLike,
    score_a: npt.ArrayLike,
    score_b: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    folds_a: npt.ArrayLike | None = None,
    folds_b: npt.ArrayLike | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
) -> PairedBootstrap:
    """Tests the difference of two AUROCs by resampling patients; both models see the same resamples.

    Args:
        truth: Zeros and ones, shape `(n,)` or `(n, labels)`; NaN is unknown. Over several labels, and over folds, the
            AUROC is the mean of those that are defined in the data.
        score_a: Scores of the first model, of the shape of `truth`.
        score_b: Scores of the second model on the same images.
        groups: Patient of each row, shape `(n,)`.
        folds_a: Fold of each row in the first model's cross-validation; scores of different folds come from different
            networks and are not ranked against each other.
        folds_b: Fold of each row in the second model's cross-validation.
        repeats: Number of resamples.
        seed: Random seed of the resamples.

    Returns:
        The interval is that of `intervals.interval`, NaN where all resamples are alike; p is twice the share of
        resamples on the far side of zero, and never less than 2 / (repeats + 1).
    """
    values = np.asarray(truth, dtype=np.float64)
    values = values.reshape(len(values), -1)
    models = [
        MeanAuroc(values, np.asarray(score, dtype=np.float64).reshape(values.shape), folds)
        for score, folds in ((score_a, folds_a), (score_b, folds_b))
    ]
    one = np.ones((len(values), 1))
    a, b = (float(model.of(one)[0]) for model in models)
    draws = np.concatenate(
        [
            models[0].of(weights) - models[1].of(weights)
            for weights in patient_weights(groups, repeats=repeats, seed=seed)
        ]
    )
    bounds = interval(a - b, draws, _rarest(values, np.asarray(groups)))
    return PairedBootstrap(a, b, a - b, bounds.low, bounds.high, _two_sided(draws) if not np.isnan(a - b) else np.nan)


def _rarest(truth: Array, groups: npt.NDArray[Any]) -> int:
    """Returns the number of patients of the rarest class of any label."""
    numbers = [
        len(np.unique(groups[truth[:, label] == value])) for label in range(truth.shape[1]) for value in (0.0, 1.0)
    ]
    return min((number for number in numbers if number), default=0)


class MeanAuroc:
    """Mean AUROC over labels and folds; (label, fold) pairs that lack a class are left out.

    Args:
        truth: Zeros and ones, shape `(n, labels)`; NaN is unknown.
        score: Scores, of the same shape.
        folds: Fold of each row, whose scores are ranked among each other; None for all rows together.
    """

    def __init__(self, truth: Array, score: Array, folds: npt.ArrayLike | None) -> None:
        fold_of = np.zeros(len(truth), dtype=np.intp) if folds is None else np.asarray(folds)
        self._parts: list[list[tuple[npt.NDArray[np.intp], Ranking]]] = []
        for label in range(truth.shape[1]):
            known = ~np.isnan(truth[:, label])
            rows = [np.flatnonzero(known & (fold_of == fold)) for fold in np.unique(fold_of)]
            usable = [part for part in rows if 0 < truth[part, label].sum() < len(part)]
            if usable:
                self._parts.append([(part, Ranking(truth[part, label], score[part, label])) for part in usable])

    def of(self, weights: Array) -> Array:
        """Returns the mean of each resample `(resamples,)`; NaN where nothing is defined.

        Args:
            weights: How often each row was drawn, shape `(n, resamples)`.
        """
        if not self._parts:
            return np.full(weights.shape[1], np.nan)
        return mean_defined(
            [
                mean_defined([ranking.auroc_and_auprc(weights[rows])[0] for rows, ranking in folds])
                for folds in self._parts
            ]
        )


def _two_sided(draws: Array) -> float:
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return float("nan")
    beyond = min((defined <= 0).sum(), (defined >= 0).sum())
    return float(min(1.0, 2 * (beyond + 1) / (len(defined) + 1)))


def is_least_p(p: float) -> bool:
    """Whether no resample lay on the far side of zero, so that `p` and what is made of it are upper bounds."""
    return p < 1.5 * LEAST_P  # one resample on the far side gives twice that


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusts p values of several tests so that the chance of any false finding stays at the level (Holm 1979).

    Args:
        p_values: In 0..1; NaN (a test that could not be made) is kept and not counted.

    Raises:
        EvaluationError: A value lies outside 0..1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if ((p < 0) | (p > 1)).any():
        raise EvaluationError(f"Holm's correction takes p values from 0 to 1, not {p[(p < 0) | (p > 1)][0]}.")
    result = np.full(len(p), np.nan)
    order = [index for index in np.argsort(p) if not np.isnan(p[index])]
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p[index]))
        result[index] = highest
    return [float(value) for value in result]
