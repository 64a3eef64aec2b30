"""Net benefit: is deciding by the model better than referring everybody, or nobody?

Vickers and Elkin, Medical Decision Making 26:565, 2006: true positives minus false positives, the latter weighted by
the odds of the threshold probability, per person. At a stated prevalence the rates of the sample are weighted by it, as
`dcurves` does for case-control data, and probabilities are those that the model's would be there: they move by the
difference of the prevalences' logits (Saerens et al., Neural Computation 14:21, 2002).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from fundusfm.evaluation.evidence.draws import Draws
from fundusfm.evaluation.evidence.rates import Decider
from fundusfm.evaluation.few import BOOTSTRAP, count, too_few
from fundusfm.evaluation.weighted import Array, divide

THRESHOLDS = np.round(np.arange(0.01, 0.505, 0.01), 2)
"""Threshold probabilities of the curve: from those for whom a missed disease weighs 99 times a needless referral, to
those for whom both weigh the same."""

_TAILS = (2.5, 97.5)


def net_benefit(sensitivity: Array, specificity: Array, prevalence: float, threshold: Array) -> Array:
    """Returns the net benefit per person; shapes broadcast.

    Args:
        sensitivity: Of deciding positive from the threshold on.
        specificity: Likewise.
        prevalence: Share of people with the disease.
        threshold: Threshold probability, between 0 and 1.
    """
    odds = threshold / (1 - threshold)
    return np.asarray(prevalence * sensitivity - (1 - prevalence) * (1 - specificity) * odds)


def net_benefit_curve(
    decider: Decider,
    patients: npt.NDArray[np.intp],
    noun: str,
    draws: Draws,
    prevalences: Sequence[float],
    trained_at: float | None,
) -> tuple[pd.DataFrame, str]:
    """Computes the curve of a label's calibrated probability.

    Args:
        decider: A label.
        patients: Patient of each image, shape `(n,)`.
        noun: What a patient is called.
        draws: Resamples of the patients.
        prevalences: Each gives a curve.
        trained_at: Prevalence that the probabilities are calibrated for; None where it is not known, and they are taken
            as they are.

    Returns:
        Columns `prevalence`, `threshold`, `model`, `low`, `high` (95 % band over resampled patients), `everybody` and
        `nobody`; and why there is no curve or no band, else an empty text.
    """
    known = decider.known
    if decider.missing or decider.probability is None:
        return pd.DataFrame(), decider.missing or "it has no probability"
    truth, probability = decider.truth[known], decider.probability[known]
    counts = count(truth, patients[known], noun)
    if why := too_few("auroc", counts):
        return pd.DataFrame(), why
    few = min(counts.positives, counts.negatives) < BOOTSTRAP
    tables = []
    for prevalence in prevalences:
        shift = 0.0 if trained_at is None else logit(prevalence) - logit(trained_at)
        called = (probability[None, :] >= expit(logit(THRESHOLDS) - shift)[:, None]).astype(np.float64)

        def benefit(weights: Array, called: Array = called, prevalence: float = prevalence) -> Array:
            sensitivity = _share(called * truth, truth, weights)
            specificity = 1 - _share(called * (1 - truth), 1 - truth, weights)
            return net_benefit(sensitivity, specificity, prevalence, THRESHOLDS[:, None])

        found = benefit(np.ones((len(truth), 1)))[:, 0]
        resampled = draws.collect(lambda weights, of=benefit: of(weights[known]))  # type: ignore[misc]
        low, high = np.nanpercentile(resampled, _TAILS, axis=1)
        tables.append(
            pd.DataFrame(
                {
                    "prevalence": prevalence,
                    "threshold": THRESHOLDS,
                    "model": found,
                    "low": np.nan if few else low,
                    "high": np.nan if few else high,
                    "everybody": net_benefit(np.ones(1), np.zeros(1), prevalence, THRESHOLDS),
                    "nobody": 0.0,
                }
            )
        )
    return pd.concat(tables, ignore_index=True), f"no band: fewer than {BOOTSTRAP} {noun}s of a class" if few else ""


def _share(called: Array, present: Array, weights: Array) -> Array:
    """Returns the share of those present who are called, shape `(thresholds, resamples)`."""
    return divide(called @ weights, np.broadcast_to(present @ weights, (len(called), weights.shape[1])))
