"""Scores from both eyes of a person: which photograph shows the fellow eye, and what it changes."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fundusfm.models.calibrate import logits_of
from fundusfm.models.card.both_eyes import BothEyes
from fundusfm.models.logistic import expit

Array = NDArray[np.float64]

FELLOW = {"left": "right", "right": "left"}
"""The other eye of each eye."""


def fellow_logits(people: Sequence[str], eyes: Sequence[str], logits: Array) -> Array:
    """Returns the logits of every photograph's fellow eye.

    Args:
        people: Whose photographs they are, and of which visit where that is known; empty where nobody is named.
        eyes: `left`, `right`, or anything else where the eye is not known.
        logits: float (n, labels), of scores from one eye.

    Returns:
        float64 (n, labels): the mean over the photographs of the fellow eye; NaN where there is none.
    """
    sums: dict[tuple[str, str], Array] = defaultdict(lambda: np.zeros(logits.shape[1]))
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for person, eye, values in zip(people, eyes, logits, strict=True):
        if person and eye in FELLOW:
            sums[person, eye] += values
            counts[person, eye] += 1
    found = np.full(logits.shape, np.nan)
    for place, (person, eye) in enumerate(zip(people, eyes, strict=True)):
        other = (person, FELLOW.get(eye, ""))
        if person and other in counts:
            found[place] = sums[other] / counts[other]
    return found


def both_eyes_scores(
    term: BothEyes, labels: Sequence[str], scores: Array, probabilities: Array, fellows: Array
) -> tuple[Array, Array]:
    """Returns scores and probabilities from both eyes; without a fellow eye they are those given, to the last bit.

    Args:
        term: The card's term.
        labels: Names of the columns.
        scores: float (n, labels), from one eye, 0..1.
        probabilities: float (n, labels), likewise, calibrated.
        fellows: float (n, labels), what `fellow_logits` returns.
    """
    scored, calibrated = scores.copy(), probabilities.copy()
    rows = ~np.isnan(fellows).any(axis=1)
    own = logits_of(scores[rows])
    for place, label in enumerate(labels):
        weights = term.weights.get(label)
        if weights is None:
            continue
        logit = weights.own * own[:, place] + weights.fellow * fellows[rows, place] + weights.bias
        scored[rows, place] = expit(logit)
        calibrated[rows, place] = expit(logit / weights.temperature + weights.shift)
    return scored, calibrated
