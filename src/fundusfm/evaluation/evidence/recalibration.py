"""Do probabilities mean what they say? Calibration in the large, and slope.

Cox, Biometrika 45:562, 1958; Van Calster et al., BMC Medicine 17:230, 2019. Both are parameters of a logistic
regression of the truth on the logit of the probability: the intercept with the slope fixed at 1 (0 is right; above 0
the probabilities are too low), and the slope with a free intercept (1 is right; below 1 they are too extreme).
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from fundusfm.evaluation.evidence.draws import Draws
from fundusfm.evaluation.evidence.rates import Decider
from fundusfm.evaluation.few import BOOTSTRAP, count, few, too_few
from fundusfm.evaluation.intervals import interval
from fundusfm.evaluation.weighted import Array, divide
from fundusfm.models.card.results import NAN, Estimate

_EDGE = 1e-6
_STEPS = 30
_LARGEST_STEP = 4.0
_SETTLED = 1e-6
_FURTHEST = 50.0


def recalibration(
    decider: Decider, patients: npt.NDArray[np.intp], noun: str, draws: Draws
) -> Iterator[tuple[str, Estimate]]:
    """Yields `expected` (mean probability), `observed` (share of positives), `calibration_in_the_large` and
    `calibration_slope`, with intervals over resampled patients where there are enough.

    Args:
        decider: A label.
        patients: Patient of each image, shape `(n,)`.
        noun: What a patient is called.
        draws: Resamples of the patients.
    """
    names = ("expected", "observed", "calibration_in_the_large", "calibration_slope")
    known = decider.known
    if decider.missing or decider.probability is None:
        yield from ((name, Estimate(NAN, reason=decider.missing or "it has no probability")) for name in names)
        return
    truth, probability = decider.truth[known], decider.probability[known]
    counts = count(truth, patients[known], noun)
    if why := too_few("auroc", counts):
        yield from ((name, Estimate(NAN, reason=why)) for name in names)
        return
    score = np.asarray(logit(np.clip(probability, _EDGE, 1 - _EDGE)), dtype=np.float64)

    def measured(weights: Array) -> Array:
        total = weights.sum(axis=0)
        return np.stack(
            [
                divide(probability @ weights, total),
                divide(truth @ weights, total),
                fit_logistic(score, truth, weights, slope=False)[0],
                fit_logistic(score, truth, weights, slope=True)[1],
            ]
        )

    values = measured(np.ones((len(truth), 1)))[:, 0]
    resamples = draws.collect(lambda weights: measured(weights[known]))
    enough = min(counts.positives, counts.negatives) >= BOOTSTRAP
    for name, value, resampled in zip(names, map(float, values), resamples, strict=True):
        if np.isnan(value):
            yield name, Estimate(NAN, reason="the classes are told apart without an overlap, so there is no slope")
        elif enough:
            ends = interval(value, resampled, min(counts.positives, counts.negatives))
            yield name, Estimate(value, ends.low, ends.high)
        else:
            why = few("auroc", counts) or f"no interval: fewer than {BOOTSTRAP} {noun}s of a class"
            yield name, Estimate(value, reason=why)


def fit_logistic(score: Array, truth: Array, weights: Array, *, slope: bool) -> tuple[Array, Array]:
    """Fits `logit(P(truth = 1)) = a + b * score` by Newton's method, for many weightings of the rows at once.

    Args:
        score: Logits, shape `(n,)`.
        truth: Zeros and ones, shape `(n,)`.
        weights: Shape `(n, resamples)`.
        slope: Whether b is free; otherwise it is 1.

    Returns:
        a and b, each of shape `(resamples,)`; NaN where there is no finite solution.
    """
    a, b = np.zeros(weights.shape[1]), np.ones(weights.shape[1])
    step = np.full(weights.shape[1], np.inf)
    for _ in range(_STEPS):
        fitted = expit(a + score[:, None] * b)
        error, spread = weights * (truth[:, None] - fitted), weights * fitted * (1 - fitted)
        g0, h00 = error.sum(axis=0), spread.sum(axis=0)
        if slope:
            g1, h01, h11 = score @ error, score @ spread, (score**2) @ spread
            determinant = h00 * h11 - h01**2
            da, db = divide(h11 * g0 - h01 * g1, determinant), divide(h00 * g1 - h01 * g0, determinant)
        else:
            da, db = divide(g0, h00), np.zeros_like(g0)
        step = np.maximum(np.abs(da), np.abs(db))
        shorten = np.minimum(1.0, _LARGEST_STEP / np.maximum(step, _LARGEST_STEP))
        a, b = a + da * shorten, b + db * shorten
        if np.nanmax(step, initial=0.0) < _SETTLED:
            break
    lost = ~(step < _SETTLED) | (np.abs(b) > _FURTHEST)
    return np.where(lost, NAN, a), np.where(lost, NAN, b)
