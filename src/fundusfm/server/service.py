"""The loaded models behind a server: rows of results, and activation maps.

Only one thread, the worker's, uses the network: maps need its gradients, and hooks belong to the network.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fundusfm.models.bundle import Bundle
from fundusfm.models.card.referral import REFERRAL, ReferralRule
from fundusfm.models.card.schema import Card
from fundusfm.screening.documents.make import evidence_for, prevalence_of, verdict_of
from fundusfm.screening.documents.views import View
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.screening.verdict import Verdict
from fundusfm.server.problems import NotFoundError
from fundusfm.server.schemas import Point
from fundusfm.structures.finder import StructureFinder, with_size

MAIN_LABEL = "abnormal"
"""The label about the photograph as a whole, in models that have it."""


def person_key(person: str, eye_from: str, pair: str) -> str:
    """Returns the key of a person, from the DICOM header or from file names that differ only in the eye.

    Args:
        person: As in `Row`.
        eye_from: As in `Row`.
        pair: As in `Row`.

    Returns:
        The same text for all photographs of a person; empty if the person is not known.
    """
    if person:
        return f"header {person}"
    return f"name {pair.casefold()}" if eye_from == "name" else ""


class Screening(Protocol):
    """Scores photographs that were decoded and cropped elsewhere."""

    @property
    def sizes(self) -> list[int]:
        """Sides of the crops that it takes, in pixels."""

    def screen_prepared(self, photographs: Sequence[Prepared | Unreadable]) -> list[dict[str, Any]]:
        """Returns one dictionary per photograph, in order; the keys are the columns of `fundusfm predict`."""

    def with_fellows(
        self, rows: Sequence[dict[str, Any]], people: Sequence[str], eyes: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Scores again where both eyes of a person are there; see `fundusfm.screening.screener`."""


class Service:
    """Loaded models.

    Args:
        screening: Scores photographs.
        bundles: Its one bundle, or the members of an ensemble, which have the same labels.
        operating_point: Name of the operating point of the screening.
        thresholds: Threshold of each label at that point; None where the label has none.
        rule: The referral rule of the models, if they have one.
        default: Name of the operating point for requests that name none; by default the rule, otherwise that of the
            screening.
        structures: Finds lesions, disc and vessels; None if they are not looked for.
    """

    def __init__(
        self,
        screening: Screening,
        bundles: Sequence[Bundle],
        *,
        operating_point: str,
        thresholds: Mapping[str, float | None],
        rule: ReferralRule | None = None,
        default: str | None = None,
        structures: StructureFinder | None = None,
    ) -> None:
        self.screening = screening
        self.bundles = list(bundles)
        self.rule = rule
        self.structures = structures
        self.default = default or (REFERRAL if rule else operating_point)
        self._operating_point = operating_point
        self._thresholds = thresholds
        self.rules = self._rules()

    @property
    def cards(self) -> list[Card]:
        """The cards of the bundles."""
        return [bundle.card for bundle in self.bundles]

    @property
    def weights(self) -> list[tuple[str, str]]:
        """Name and SHA-256 of each bundle."""
        return [(bundle.card.name, bundle.hash) for bundle in self.bundles]

    @property
    def labels(self) -> list[str]:
        """The labels, the main one first."""
        labels = self.cards[0].labels
        return sorted(labels, key=lambda label: label != MAIN_LABEL)

    def name_of(self, label: str) -> str:
        """Returns the name of a label in words."""
        return self.cards[0].name_of(label)

    def prevalence(self, label: str) -> float | None:
        """Returns the share of photographs with a label where its probabilities were calibrated.

        None where the card does not say, for labels without a temperature, and for several models.
        """
        return prevalence_of(label, self.cards)

    def point(self, label: str, name: str | None = None) -> Point | None:
        """Returns the operating point of a label; None where the models have none.

        Sensitivity and specificity are those of a single model's own predictions. An ensemble has none, and neither has
        a threshold of the rule, whose figures are about all labels together.

        Args:
            label: One of `labels`.
            name: Name of the operating point; by default that of the server.
        """
        name = name or self.default
        rule = self.rules.get(name)
        if rule is None or label not in rule.thresholds:
            return None
        stored = self.cards[0].operating_points.get(label, {}).get(name) if len(self.bundles) == 1 else None
        return Point(
            name=name,
            threshold=rule.thresholds[label],
            sensitivity=stored.sensitivity if stored else None,
            specificity=stored.specificity if stored else None,
        )

    def check_point(self, name: str | None) -> str:
        """Returns the name of the operating point to use: the given one, or that of the server.

        Raises:
            NotFoundError: The models do not have it.
        """
        if name is not None and name not in self.rules:
            raise NotFoundError(f"There is no operating point {name!r}; the model has: {', '.join(self.rules)}.")
        return name or self.default

    def verdict(self, flat: Mapping[str, Any], name: str) -> Verdict:
        """Returns the verdict on a photograph.

        Args:
            flat: Its row, as `Screening.screen_prepared` returns it.
            name: Name of the operating point that decides.
        """
        return verdict_of(flat, self.rules.get(name), self.bundles)

    def _rules(self) -> dict[str, ReferralRule]:
        """Returns all rules by name: the referral rule first, then one per stored operating point."""
        names = dict.fromkeys(
            [self._operating_point,
             *(point for card in self.cards for points in card.operating_points.values() for point in points)]
        )  # fmt: skip
        rules = {REFERRAL: self.rule} if self.rule else {}
        for name in names:
            limits = {label: limit for label in self.labels if (limit := self._threshold(label, name)) is not None}
            if name not in rules and limits:
                rules[name] = ReferralRule(goal="specificity", target=0, thresholds=limits)
        return rules

    def _threshold(self, label: str, name: str) -> float | None:
        if name == self._operating_point:
            return self._thresholds.get(label)
        points = [card.operating_points.get(label, {}).get(name) for card in self.cards]
        known = [point.threshold for point in points if point is not None]
        return float(np.mean(known)) if len(known) == len(points) else None

    @property
    def sizes(self) -> list[int]:
        """Sides of the crops that the models take, in pixels."""
        return with_size(self.screening.sizes, self.structures)

    def screen(self, prepared: Sequence[Prepared | Unreadable]) -> list[dict[str, Any]]:
        """Scores prepared photographs; worker thread only."""
        return self.screening.screen_prepared(prepared)

    def with_fellows(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Scores both eyes of a person together, if the models can, and returns the rows of the request.

        Args:
            rows: As `screen` returns them, with `eye`, and `person` or `pair`, where they are known.
        """
        if any(card.both_eyes is None for card in self.cards):
            return list(rows)
        keys = [person_key(row.get("person", ""), row.get("eye_from", ""), row.get("pair", "")) for row in rows]
        # Files called left.jpg and right.jpg name no person: two may belong together, but with more nobody knows which.
        nameless = person_key("", "name", "")
        if keys.count(nameless) > 2:
            keys = ["" if key == nameless else key for key in keys]
        return self.screening.with_fellows(rows, keys, [row.get("eye", "") for row in rows])

    def check_label(self, label: str | None) -> str:
        """Returns the label to use: the given one, or the main one.

        Raises:
            NotFoundError: The models do not have it.
        """
        if label is not None and label not in self.labels:
            raise NotFoundError(f"There is no label {label!r}; the model has: {', '.join(self.labels)}.")
        return label or self.labels[0]

    def heat(self, view: View, label: str) -> NDArray[np.float32]:
        """Returns the activation map of a label, the mean over the models; worker thread only."""
        return evidence_for(label, view, self.bundles).heat
