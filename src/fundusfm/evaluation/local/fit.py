"""What a few labelled local photographs change in a card: calibration, operating points and referral rule."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fundusfm.errors import ConfigError
from fundusfm.evaluation.local.prior_shift import estimate_prevalence, label_prevalence, shift_of
from fundusfm.evaluation.local.recalibration import Recalibration, recalibrate
from fundusfm.evaluation.local.rule import margins, moved, shift_for
from fundusfm.evaluation.operating_points import operating_points
from fundusfm.evaluation.referral import fit_thresholds, referable_eyes
from fundusfm.evaluation.weighted import Array
from fundusfm.models.calibrate import probabilities
from fundusfm.models.card.referral import Goal, ReferralRule
from fundusfm.models.card.results import Results
from fundusfm.models.card.schema import ALL, Card

LEAST = 5
"""Photographs of each class without which a label keeps its calibration."""

LEAST_FOR_POINTS = 20
"""Photographs of each class without which a label keeps its operating points."""

_RESAMPLES = 200


def adapted_card(card: Card, truth: Array, score: Array, *, goal: Goal, target: float) -> Card:
    """Returns the card with calibration, operating points and referral rule fitted to local photographs.

    Args:
        card: Of the model that scored them.
        truth: Zeros and ones, NaN where unknown, shape `(n, labels)`, in the order of the card.
        score: Uncalibrated scores, same shape.
        goal: What the referral rule is to keep.
        target: How much of it.
    """
    temperature, bias = dict(card.temperature), dict(card.bias)
    if card.task == "multiclass":
        start = Recalibration(temperature.get(ALL, 1.0), np.array([bias.get(label, 0.0) for label in card.labels]))
        if (truth == 1).any(axis=1).sum() >= LEAST:
            found = recalibrate(score, truth, start)
            temperature[ALL] = found.temperature
            bias |= dict(zip(card.labels, map(float, found.bias), strict=True))
    points = dict(card.operating_points)
    for place, label in enumerate(card.labels):
        least = _rarest(truth[:, place])
        if card.task != "multiclass" and least >= LEAST:
            start = Recalibration(temperature.get(label, 1.0), np.array([bias.get(label, 0.0)]))
            found = recalibrate(score[:, place], truth[:, place], start)
            temperature[label], bias[label] = found.temperature, float(found.bias[0])
        if least >= LEAST_FOR_POINTS:
            points[label] = operating_points(truth[:, place], score[:, place])
    update = {"temperature": temperature, "bias": bias, "operating_points": points}
    thresholds = local_thresholds(card, truth, score, goal=goal, target=target)
    if thresholds is not None:
        update["referral"] = ReferralRule(goal=goal, target=target, thresholds=thresholds)
    return card.model_copy(update=update)


def local_thresholds(card: Card, truth: Array, score: Array, *, goal: Goal, target: float) -> dict[str, float] | None:
    """Returns the thresholds of the card's rule, moved together; chosen anew where it has no rule.

    Returns:
        None where the photographs hold no eye that the goal is about.
    """
    if card.referral is None:
        return fit_thresholds(card.labels, truth, score, goal=goal, target=target)
    normal, found = referable_eyes(card.labels, truth)
    if not (normal if goal == "specificity" else found).any():
        return None
    margin = margins(card.labels, score, card.referral.thresholds)
    return moved(card.referral.thresholds, shift_for(margin, normal, found, goal=goal, target=target))


@dataclass(frozen=True)
class EstimatedPrevalence:
    """How frequent each label is among photographs without labels.

    Attributes:
        shares: By label.
        priors: Share of each label in the data that the card is calibrated to.
        low: Lower end of the 95 % interval over photographs, by label.
        high: Upper end.
    """

    shares: dict[str, float]
    priors: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]

    def __str__(self) -> str:
        return ", ".join(
            f"{label} {share:.3f} ({self.low[label]:.3f} to {self.high[label]:.3f}, before {self.priors[label]:.3f})"
            for label, share in self.shares.items()
        )

    def plain(self) -> dict[str, Any]:
        """Returns the estimates as `metrics.json` holds them."""
        return {
            label: {"value": share, "low": self.low[label], "high": self.high[label], "training": self.priors[label]}
            for label, share in self.shares.items()
        }


def estimated_prevalence(card: Card, score: Array) -> EstimatedPrevalence:
    """Estimates prevalences by expectation maximisation; see `fundusfm.evaluation.local.prior_shift`.

    Args:
        card: Its results say how frequent labels were in the folds.
        score: Uncalibrated scores of photographs without labels, shape `(n, labels)`.

    Raises:
        ConfigError: The card does not say how frequent a label was.
    """
    found = Results.read(card.metrics).cv
    priors = {label: cells["prevalence"].value for label, cells in found.items() if "prevalence" in cells}
    if unknown := [label for label in card.labels if not 0 < priors.get(label, np.nan) < 1]:
        raise ConfigError(
            f"{card.name} does not say how frequent {unknown[0]} was among the photographs that it is calibrated to, "
            "so nothing can be told from photographs without labels: label some of them, or use a bundle of fundusfm "
            "probe or finetune."
        )
    probability = probabilities(score, card)
    prior = np.array([priors[label] for label in card.labels])
    rng = np.random.default_rng(0)
    rows = [np.arange(len(score)), *(rng.integers(len(score), size=len(score)) for _ in range(_RESAMPLES))]
    if card.task == "multiclass":
        drawn = np.array([estimate_prevalence(probability[part], prior / prior.sum()) for part in rows])
    else:
        drawn = np.array(
            [[label_prevalence(probability[part, place], prior[place]) for place in range(len(prior))] for part in rows]
        )
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return EstimatedPrevalence(
        *(dict(zip(card.labels, map(float, values), strict=True)) for values in (drawn[0], prior, low, high))
    )


def observed_prevalence(card: Card, truth: Array) -> dict[str, float]:
    """Returns the share of photographs with each label that is known of some."""
    known = ~np.isnan(truth)
    return {
        label: float(truth[known[:, place], place].mean())
        for place, label in enumerate(card.labels)
        if known[:, place].any()
    }


def with_prevalence(card: Card, prevalence: dict[str, float], prior: dict[str, float]) -> Card:
    """Returns the card with probabilities for other prevalences; decisions stay, since they are made on scores.

    Args:
        card: Its calibration belongs to `prior`.
        prevalence: Share of photographs with each label where the model will be used; other labels stay.
        prior: Share among the photographs that the calibration was fitted to.
    """
    bias = dict(card.bias)
    for label, share in prevalence.items():
        bias[label] = bias.get(label, 0.0) + shift_of(share, prior[label])
    return card.model_copy(update={"bias": bias})


def _rarest(truth: npt.NDArray[np.float64]) -> int:
    """Returns how many photographs the rarer class has."""
    return int(min((truth == 1).sum(), (truth == 0).sum()))
