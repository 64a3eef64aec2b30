"""Net benefit: is deciding by the model better than referring everybody, or nobody?

Vickers and Elkin, Medical Decision Making 26:565, 2006: true positives minus false positives, the latter weighted by
the odds of the threshold probability, per person. At a stated prevalence the rates of the sample are weighted by it, as
`dcurves` does for case-control data.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

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
    decider: Decider, patients: npt.NDArray[np.intp], noun: str, weights: Array, prevalences: list[float]
) -> tuple[pd.DataFrame, str]:
    """Computes the curve of a label's calibrated probability.

    Args:
        decider: A label.
        patients: Patient of each image, shape `(n,)`.
        noun: What a patient is called.
        weights: Draws of each resample, shape `(n, resamples)`.
        prevalences: Each gives a curve.

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
    called = (probability[None, :] >= THRESHOLDS[:, None]).astype(np.float64)
    draws = np.column_stack([np.ones(len(truth)), weights[known]])  # the data themselves first
    sensitivity = divide((called * truth) @ draws, np.broadcast_to(truth @ draws, (len(THRESHOLDS), draws.shape[1])))
    healthy = 1 - truth
    specificity = 1 - divide(
        (called * healthy) @ draws, np.broadcast_to(healthy @ draws, (len(THRESHOLDS), draws.shape[1]))
    )
    few = min(counts.positives, counts.negatives) < BOOTSTRAP
    tables = []
    for prevalence in prevalences:
        found = net_benefit(sensitivity, specificity, prevalence, THRESHOLDS[:, None])
        low, high = np.nanpercentile(found[:, 1:], _TAILS, axis=1)
        tables.append(
            pd.DataFrame(
                {
                    "prevalence": prevalence,
                    "threshold": THRESHOLDS,
                    "model": found[:, 0],
                    "low": np.nan if few else low,
                    "high": np.nan if few else high,
                    "everybody": net_benefit(np.ones(1), np.zeros(1), prevalence, THRESHOLDS),
                    "nobody": 0.0,
                }
            )
        )
    return pd.concat(tables, ignore_index=True), f"no band: fewer than {BOOTSTRAP} {noun}s of a class" if few else ""
