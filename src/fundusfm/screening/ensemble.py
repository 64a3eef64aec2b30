"""One or several bundles as one model: mean score, mean probability, mean threshold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.errors import ConfigError
from fundusfm.models.card.both_eyes import BothEyes, FellowWeights
from fundusfm.models.card.referral import REFERRAL, ReferralRule
from fundusfm.models.engine.devices import AUTO
from fundusfm.screening.ensemble_member import EnsembleMember
from fundusfm.screening.prepare import Prepared

_YOUDEN = "youden"


@dataclass(frozen=True)
class Scores:
    """Scores of n photographs.

    Attributes:
        scores: float64 (n, labels), mean over the bundles, 0..1.
        probabilities: float64 (n, labels), mean of the calibrated probabilities, 0..1.
        distances: float64 (n,), smallest distance from the training photographs of a bundle; None if no bundle has a
            reference.
    """

    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    distances: NDArray[np.float64] | None


class Ensemble:
    """One or more bundles of the same labels.

    The threshold of each bundle was chosen on its own scores, so the mean score is compared with the mean threshold.

    Args:
        weights: Bundles, run folders or listed names.
        device: What computes.

    Raises:
        WeightsError: A bundle is missing, damaged, or has no head.
        ConfigError: Their labels or tasks differ.
    """

    def __init__(self, weights: Sequence[str], *, device: str = AUTO) -> None:
        if not weights:
            raise ConfigError("--weights needs at least one bundle.")
        self.members = [EnsembleMember(name, device=device) for name in weights]
        first = self.members[0].bundle.card
        for name, member in zip(weights, self.members, strict=True):
            card = member.bundle.card
            if (card.labels, card.task) != (first.labels, first.task):
                raise ConfigError(
                    f"--weights {name} scores {', '.join(card.labels)} ({card.task}), {weights[0]} scores "
                    f"{', '.join(first.labels)} ({first.task}): an ensemble needs bundles of the same labels, in order."
                )
        self.labels = list(first.labels)
        self.task = first.task
        self.ordered = first.ordered
        self.names = first.names
        self.rule = self._rule()
        self.both_eyes = self._both_eyes()
        self.thresholds: dict[str, float | None] = dict.fromkeys(self.labels)

    def decide_at(self, operating_point: str) -> None:
        """Takes the thresholds of an operating point.

        Raises:
            ConfigError: No label has this operating point.
        """
        self.thresholds = {label: self._threshold(label, operating_point) for label in self.labels}
        if any(threshold is not None for threshold in self.thresholds.values()):
            return
        cards = [member.bundle.card for member in self.members]
        known = sorted({point for card in cards for points in card.operating_points.values() for point in points})
        known += [REFERRAL] if self.rule else []
        names = " and ".join(card.name for card in cards)
        raise ConfigError(
            f"--operating-point {operating_point} is not stored with {names}, which "
            + (
                f"have: {', '.join(known)}."
                if known
                else "have none: operating points come with the bundles of fundusfm probe and finetune."
            )
        )

    @property
    def default_point(self) -> str:
        """Name of the operating point that decides where none is named: the referral rule, else Youden's."""
        return REFERRAL if self.rule else _YOUDEN

    @property
    def sizes(self) -> list[int]:
        """Sides of the crops that the members take, each once."""
        return sorted({member.size for member in self.members})

    def score(self, photographs: Sequence[Prepared], *, tta: bool) -> Scores:
        """Scores photographs, at least one.

        Args:
            photographs: n prepared photographs.
            tta: Average over mirror images.
        """
        parts = [
            member.score([photograph.squares[member.size] for photograph in photographs], tta=tta)
            for member in self.members
        ]
        distances = [part.distances for part in parts if part.distances is not None]
        return Scores(
            np.mean([part.scores for part in parts], axis=0),
            np.mean([part.probabilities for part in parts], axis=0),
            np.min(distances, axis=0) if distances else None,
        )

    def _rule(self) -> ReferralRule | None:
        """Returns the members' rule with the mean of their thresholds; None where one of them has none."""
        rules = [member.bundle.card.referral for member in self.members]
        known = [rule for rule in rules if rule is not None]
        if len(known) < len(rules):
            return None
        if len(known) == 1:
            return known[0]
        shared = [label for label in self.labels if all(label in rule.thresholds for rule in known)]
        if not shared or any((rule.goal, rule.target) != (known[0].goal, known[0].target) for rule in known):
            return None
        means = {label: float(np.mean([rule.thresholds[label] for rule in known])) for label in shared}
        return ReferralRule(goal=known[0].goal, target=known[0].target, thresholds=means)

    def _both_eyes(self) -> BothEyes | None:
        """Returns the members' term with the mean of their weights; None where one of them has none."""
        terms = [member.bundle.card.both_eyes for member in self.members]
        known = [term for term in terms if term is not None]
        if len(known) < len(terms):
            return None
        if len(known) == 1:
            return known[0]
        shared = [label for label in self.labels if all(label in term.weights for term in known)]
        if not shared:
            return None
        means = {
            label: FellowWeights(
                **{
                    name: float(np.mean([getattr(term.weights[label], name) for term in known]))
                    for name in FellowWeights.model_fields
                }
            )
            for label in shared
        }
        return BothEyes(weights=means, eyes=min(term.eyes for term in known))

    def _threshold(self, label: str, name: str) -> float | None:
        if name == REFERRAL:
            return self.rule.thresholds.get(label) if self.rule else None
        points = [member.bundle.card.operating_points.get(label, {}).get(name) for member in self.members]
        known = [point.threshold for point in points if point is not None]
        return float(np.mean(known)) if len(known) == len(points) else None
