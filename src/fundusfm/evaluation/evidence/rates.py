"""How often a decision is right: sensitivity and specificity with intervals, and what follows from both."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fundusfm.evaluation.cells import value_cell
from fundusfm.evaluation.closed_form import combined
from fundusfm.evaluation.evidence.draws import Draws
from fundusfm.evaluation.few import Counts, count
from fundusfm.evaluation.metrics import undefined_reason
from fundusfm.evaluation.weighted import Array, divide
from fundusfm.models.card.results import NAN, Estimate

Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Decider:
    """Decisions that are judged: a label at its operating point, or the referral rule.

    Attributes:
        name: What it is called.
        truth: Zeros and ones, NaN where unknown; shape `(n,)`.
        called: Zeros and ones: whether it decides positive; same shape. NaN where it has no threshold.
        probability: Calibrated probability in 0..1, same shape; None where a decider has none.
        missing: Why nothing can be said; empty where something can.
    """

    name: str
    truth: Array
    called: Array
    probability: Array | None
    missing: str = ""

    @property
    def known(self) -> Rows:
        """Images whose truth is known, shape `(n,)`."""
        return ~np.isnan(self.truth)


@dataclass(frozen=True)
class Rates:
    """Sensitivity and specificity of a decision, each a number with its interval, or a reason.

    Attributes:
        sensitivity: Share of the positives that are called positive.
        specificity: Share of the negatives that are called negative.
        counts: Number of patients and images behind them.
    """

    sensitivity: Estimate
    specificity: Estimate
    counts: Counts

    def derive(self, function: Callable[[float, float], float], low: float = 0.0, high: float = np.inf) -> Estimate:
        """Returns what follows from both, with the interval that theirs imply.

        They are of different patients, so their uncertainties are combined as those of independent quantities, see
        `fundusfm.evaluation.closed_form.combined`.

        Args:
            function: Of sensitivity and specificity; monotone in each.
            low: Least value that there can be.
            high: Largest value that there can be.
        """
        parts = (self.sensitivity, self.specificity)
        reason = "; ".join(dict.fromkeys(part.reason for part in parts if part.reason)) or None
        if any(np.isnan(part.value) for part in parts):
            return Estimate(NAN, reason=reason)
        value = function(self.sensitivity.value, self.specificity.value)
        if np.isnan(value) or any(np.isnan(part.low) for part in parts):
            return Estimate(value, reason=reason)
        ends = combined(function, [part.value for part in parts], [(part.low, part.high) for part in parts])
        bottom, top = (float(np.clip(end, low, high)) for end in ends)
        return Estimate(value, bottom, top, reason)


def rates_of(decider: Decider, patients: npt.NDArray[np.intp], noun: str, draws: Draws, rows: Rows) -> Rates:
    """Measures a decision.

    Args:
        decider: The decisions.
        patients: Patient of each image, shape `(n,)`.
        noun: What a patient is called; `image` where each image is its own.
        draws: Resamples of the patients.
        rows: Images that count, shape `(n,)`.
    """
    rows = rows & decider.known
    truth, called = decider.truth[rows], decider.called[rows]
    counts = count(truth, patients[rows], noun)
    if decider.missing or np.isnan(called).any():
        why = Estimate(NAN, reason=decider.missing or "no operating point: nothing is decided")
        return Rates(why, why, counts)
    values: dict[str, float] = {"n": counts.images, "positives": counts.positive_images}
    right = {"sensitivity": (truth, called), "specificity": (1 - truth, 1 - called)}
    cells = {}
    for metric, (present, found) in right.items():
        total = present.sum()
        values[metric] = float((present * found).sum() / total) if total else NAN
        shares = np.stack([present * found, present])
        resampled = divide(*draws.collect(lambda weights, of=shares: of @ weights[rows]))  # type: ignore[misc]
        cells[metric] = value_cell(metric, values, resampled, counts, undefined_reason(metric, values))
    return Rates(cells["sensitivity"], cells["specificity"], counts)
