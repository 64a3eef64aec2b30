"""The linear probe: a logistic head on frozen features, its C chosen by patient-grouped inner folds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from fundusfm.data.manifest.splits import group_folds
from fundusfm.training.linear.logistic import Array, Axes, fit_path

C_VALUES = np.logspace(-5, 1, 13)
"""Candidates of C (as in scikit-learn), from strong to weak regularisation."""

_INNER_FOLDS = 4
_PATIENCE = 3
_FALLBACK = 1e-3
"""C where the rows are too few to choose one."""
_ALIKE = 0.005
"""Difference in AUROC within which values of C rank alike; the likelihood then chooses among them."""


@dataclass(frozen=True)
class LinearHead:
    """A linear map from raw features to logits; standardisation is folded into it.

    Attributes:
        weight: float64 (labels, d).
        bias: float64 (labels,).
        C: The chosen inverse strength of the regularisation per label, the same for all classes of a multiclass task.
            None where the rows hold one class only, so that the logit is a constant that tells the label's prevalence.
    """

    weight: Array
    bias: Array
    C: list[float | None]

    def logits(self, features: Array) -> Array:
        """Returns logits float64 (n, labels) of raw features (n, d)."""
        return np.asarray(features, dtype=np.float64) @ self.weight.T + self.bias


def fit_head(
    features: NDArray[np.float32],
    targets: NDArray[np.float32],
    groups: NDArray[np.object_],
    *,
    task: str,
    seed: int = 0,
    c: Sequence[float] | None = None,
) -> LinearHead:
    """Fits the probe to the rows given, and to nothing else.

    Features are standardised, then one logistic regression per label (one multinomial for `multiclass`) is fitted
    without class weights, so that its scores are probabilities under the data's own prevalence.

    Args:
        features: float (n, d), raw.
        targets: float (n, labels) of 0 and 1, NaN where unknown; one-hot for `multiclass`.
        groups: (n,) patient of every row.
        task: `binary`, `multilabel` or `multiclass`.
        seed: Random seed of the inner folds.
        c: Inverse strength of the regularisation per label; chosen by inner folds where not given.
    """
    # A few labels make narrow matrix products, which one thread does in less than half the time of two that wait for
    # each other; and sums come out the same whatever the number of cores.
    with threadpool_limits(1, user_api="blas"):
        return _fit_head(features, targets, groups, task=task, seed=seed, given=c)


def _fit_head(
    features: NDArray[np.float32],
    targets: NDArray[np.float32],
    groups: NDArray[np.object_],
    *,
    task: str,
    seed: int,
    given: Sequence[float] | None,
) -> LinearHead:
    positives = np.nansum(targets, axis=0)
    negatives = (~np.isnan(targets)).sum(axis=0) - positives
    # What remains where a label cannot be fitted: its log odds, kept finite by half a row of each class.
    bias: Array = np.log((positives + 0.5) / (negatives + 0.5))
    weight: Array = np.zeros((targets.shape[1], features.shape[1]))
    c: list[float | None] = [None] * targets.shape[1]
    fitted = np.flatnonzero((positives > 0) & (negatives > 0))
    if not len(fitted):
        return LinearHead(weight, bias, c)
    rows = ~np.isnan(targets[:, fitted]).all(axis=1)
    axes = Axes.of(features[rows])
    x, truth = axes.project(features[rows]), targets[rows][:, fitted].astype(np.float64)
    softmaxed = task == "multiclass"
    chosen = (
        choose_c(x, truth, groups[rows], energy=axes.energy, softmaxed=softmaxed, seed=seed)
        if given is None
        else np.asarray(given)[fitted]
    )
    # A small C on the way: larger ones are reached faster from it than from nothing.
    *_, (inner_weight, inner_bias) = fit_path(
        x, truth, [np.minimum(chosen, C_VALUES[4]), chosen], energy=axes.energy, softmaxed=softmaxed, tolerance=1e-5
    )
    weight[fitted], bias[fitted] = axes.unproject(inner_weight, inner_bias)
    for label, value in zip(fitted, chosen, strict=True):
        c[label] = float(value)
    return LinearHead(weight, bias, c)


def choose_c(
    x: Array, targets: Array, groups: NDArray[np.object_], *, energy: Array, softmaxed: bool, seed: int
) -> NDArray[np.float64]:
    """Returns for each label the most likely C of those whose mean AUROC over inner folds is the best, or nearly so.

    The AUROC of an easy label is nearly the same for any C, and its scores are not: they would have another scale in
    every fold, and a threshold that folds choose together would fit none of them. So the likelihood decides among
    values that rank alike. The path ends once no label's AUROC has risen for three values: weak regularisation costs
    most of the time and, past the peak, only overfits.

    Args:
        x: float (n, r), projected features.
        targets: float (n, labels), NaN where unknown; each label has both classes.
        groups: (n,) patient of every row; no patient is on both sides of an inner fold.
        energy: float (r,), sum of squares of x's columns.
        softmaxed: One C for all labels, by the mean over them.
        seed: Random seed of the folds.
    """
    labels = targets.shape[1]
    best = np.full(labels, _FALLBACK)
    folds = min(_INNER_FOLDS, len(np.unique(groups)))
    if folds < 2:
        return best
    fold = group_folds(groups, targets, folds=folds, seed=seed)
    parts = [_InnerFold(x.astype(np.float32), targets, fold == number, energy, softmaxed) for number in range(folds)]
    ranks: list[Array] = []
    losses: list[Array] = []
    for _ in C_VALUES:
        rank, loss = (_mean_defined(np.stack(found)) for found in zip(*(part.step() for part in parts), strict=True))
        if softmaxed:
            rank, loss = np.full(labels, _mean_defined(rank)), np.full(labels, _mean_defined(loss))
        ranks.append(rank)
        losses.append(loss)
        if len(ranks) > _PATIENCE and (np.max(ranks[-_PATIENCE:], axis=0) <= np.max(ranks[:-_PATIENCE], axis=0)).all():
            break
    rank, loss = np.stack(ranks), np.stack(losses)
    alike = rank >= rank.max(axis=0) - _ALIKE
    chosen = np.where(alike, loss, np.inf).argmin(axis=0)
    defined = rank.max(axis=0) >= 0
    best[defined] = C_VALUES[chosen[defined]]
    return best


class _InnerFold:
    """The path of one inner fold, a value of C per step."""

    def __init__(self, x: Array, targets: Array, test: NDArray[np.bool_], energy: Array, softmaxed: bool) -> None:
        train = targets[~test]
        both = _both_classes(train)
        self._labels, self._softmaxed = len(both), softmaxed
        self._usable = np.flatnonzero(both) if both.all() or not softmaxed else np.empty(0, np.int64)
        self._x, self._truth = x[test], targets[test][:, self._usable]
        self._path = fit_path(
            x[~test],
            train[:, self._usable],
            [np.full(len(self._usable), c) for c in C_VALUES],
            energy=energy * float(np.mean(~test)),
            softmaxed=softmaxed,
            tolerance=1e-2,
        )

    def step(self) -> tuple[Array, Array]:
        """Fits at the next C and returns AUROC and log loss per label, each (labels,); NaN where it has none here."""
        rank, loss = np.full(self._labels, np.nan), np.full(self._labels, np.nan)
        if len(self._usable):
            weight, bias = next(self._path)
            logits = self._x @ weight.T.astype(np.float32) + bias
            rank[self._usable] = aurocs(self._truth, logits)
            loss[self._usable] = log_losses(self._truth, logits, softmaxed=self._softmaxed)
        return rank, loss


def _mean_defined(values: Array) -> NDArray[np.float64]:
    """Returns the mean along the first axis of what is defined; -1 where nothing is."""
    tried = ~np.isnan(values)
    total = np.where(tried, values, 0.0).sum(axis=0) / np.maximum(tried.sum(axis=0), 1)
    return np.where(tried.any(axis=0), total, -1.0)


def aurocs(targets: Array, scores: Array) -> NDArray[np.float64]:
    """Returns the AUROC of each label (labels,), over its known rows; NaN where a class is absent."""
    result = np.full(targets.shape[1], np.nan)
    for label in np.flatnonzero(_both_classes(targets)):
        known = ~np.isnan(targets[:, label])
        result[label] = roc_auc_score(targets[known, label], scores[known, label])
    return result


def log_losses(targets: Array, logits: Array, *, softmaxed: bool) -> NDArray[np.float64]:
    """Returns the mean log loss of each label (labels,) over its known rows; that of all classes where softmaxed."""
    if softmaxed:
        known = ~np.isnan(targets).any(axis=1)
        each = -(targets[known] * log_softmax(logits[known], axis=1)).sum(axis=1)
        return np.full(targets.shape[1], each.mean() if known.any() else np.nan)
    each = np.logaddexp(0.0, np.where(targets > 0.5, -logits, logits))
    known = ~np.isnan(targets)
    total, count = np.where(known, each, 0.0).sum(axis=0), known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _both_classes(targets: Array) -> NDArray[np.bool_]:
    return np.asarray((np.nansum(targets, axis=0) > 0) & (np.nansum(1 - targets, axis=0) > 0))
