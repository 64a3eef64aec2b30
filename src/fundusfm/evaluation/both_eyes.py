"""Fits the term for both eyes of a person to out-of-fold scores, and measures it on people that did not fit it.

The fellow eye tells twice: its disease is often the disease of this eye too, and both were photographed by one camera.
A logistic regression on the two logits takes that in. One head on the joined features of both eyes gains as much on
average (docs/notes/2026-11-30-both-eyes.md), but would keep each photograph waiting for the other.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from fundusfm.evaluation.weighted import Array
from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.fellow import both_eyes_scores
from fundusfm.models.logistic import expit

LEAST = 20
"""Eyes of each class, with a fellow eye, below which a label is scored by one eye alone."""

_QUANTILES = np.linspace(0.5, 0.98, 25)
"""Where scores from both eyes are put on the scale of scores from one: among the higher scores of eyes without the
label, where thresholds lie."""


def fit_both_eyes(labels: Sequence[str], truth: Array, own: Array, fellows: Array) -> BothEyes | None:
    """Fits the term.

    Args:
        labels: Names of the columns.
        truth: Zeros and ones, NaN where unknown, shape `(n, labels)`.
        own: Out-of-fold logits from one eye, same shape.
        fellows: Those of the fellow eye, NaN where there is none, same shape.

    Returns:
        None where no label gains from the fellow eye, or has too few eyes to tell.
    """
    paired = ~np.isnan(fellows).any(axis=1)
    weights = {}
    for place, label in enumerate(labels):
        rows = paired & ~np.isnan(truth[:, place])
        found = _fit_label(truth[rows, place] == 1, own[rows, place], fellows[rows, place])
        if found is not None:
            weights[label] = found
    return BothEyes(weights=weights, eyes=int(paired.sum())) if weights else None


def cross_fitted_both_eyes(
    labels: Sequence[str], truth: Array, own: Array, fellows: Array, probabilities: Array, folds: NDArray[np.intp]
) -> tuple[Array, Array]:
    """Returns scores and probabilities from both eyes, each by a term that the other folds fitted.

    Fellow eyes are in one fold, so that no eye of a person helps to judge the other one.

    Args:
        labels: Names of the columns.
        truth: As for `fit_both_eyes`.
        own: As for `fit_both_eyes`.
        fellows: As for `fit_both_eyes`.
        probabilities: Calibrated probabilities from one eye, kept where there is no fellow eye, same shape.
        folds: Test fold of every eye, `(n,)`.
    """
    scores, calibrated = expit(own), probabilities.copy()
    for fold in np.unique(folds):
        tested = folds == fold
        term = fit_both_eyes(labels, truth[~tested], own[~tested], fellows[~tested])
        if term is not None:
            scores[tested], calibrated[tested] = both_eyes_scores(
                term, labels, scores[tested], calibrated[tested], fellows[tested]
            )
    return scores, calibrated


def _fit_label(positive: NDArray[np.bool_], own: Array, fellow: Array) -> FellowWeights | None:
    if min(positive.sum(), (~positive).sum()) < LEAST:
        return None
    pair = np.column_stack([own, fellow])
    model = LogisticRegression().fit(pair, positive)
    (a, b), c = model.coef_[0], float(model.intercept_[0])
    if a <= 0 or b <= 0:  # a disease of the fellow eye must not speak against one of this eye
        return None
    joint = a * own + b * fellow + c
    from_both, from_one = (np.quantile(logits[~positive], _QUANTILES) for logits in (joint, own))
    if np.ptp(from_both) == 0:
        return None
    slope, offset = map(float, np.polyfit(from_both, from_one, 1))
    return FellowWeights(
        own=slope * a,
        fellow=slope * b,
        bias=slope * c + offset,
        temperature=slope,
        shift=-offset / slope,
    )
