"""The loaded models behind a server: rows of results, and maps of where they come from.

The network is used by one thread only, the worker's: maps need its gradients, and hooks belong to the network.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fundusfm.explain.cam import heat_map
from fundusfm.explain.overlay import inside_circle
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import Card
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.server.problems import NotFoundError
from fundusfm.server.schemas import Point
from fundusfm.server.views import View

MAIN_LABEL = "abnormal"
"""The label that stands for the whole photograph where a model has it."""


class Screening(Protocol):
    """Scores photographs that were decoded and cropped elsewhere."""

    @property
    def sizes(self) -> list[int]:
        """Sides of the crops that it takes, in pixels."""

    def screen_prepared(self, photographs: Sequence[Prepared | Unreadable]) -> list[dict[str, Any]]:
        """Returns one dictionary per photograph, in order; the keys are the columns of `fundusfm predict`."""


class Service:
    """Loaded weights: rows from a screening, maps from the same bundles.

    Args:
        screening: Scores photographs.
        bundles: The members of an ensemble, or one; they have the same labels.
        operating_point: Name of the operating point that decisions are made at.
        thresholds: Label to the score from which on the screening decides positive; None without an operating point.
    """

    def __init__(
        self,
        screening: Screening,
        bundles: Sequence[Bundle],
        *,
        operating_point: str,
        thresholds: Mapping[str, float | None],
    ) -> None:
        self.screening = screening
        self.bundles = list(bundles)
        self.operating_point = operating_point
        self._thresholds = thresholds

    @property
    def cards(self) -> list[Card]:
        """One per bundle."""
        return [bundle.card for bundle in self.bundles]

    @property
    def labels(self) -> list[str]:
        """Of the results, the main one first."""
        labels = self.cards[0].labels
        return sorted(labels, key=lambda label: label != MAIN_LABEL)

    def point(self, label: str, name: str | None = None) -> Point | None:
        """Returns where a label is decided; None where the models have no operating point.

        Sensitivity and specificity belong to one model's own predictions, so an ensemble has none.

        Args:
            label: One of `labels`.
            name: Name of the operating point; that of the server by default.
        """
        name = name or self.operating_point
        threshold = self._threshold(label, name)
        if threshold is None:
            return None
        stored = self.cards[0].operating_points[label][name]
        alone = len(self.bundles) == 1
        return Point(
            name=name,
            threshold=threshold,
            sensitivity=stored.sensitivity if alone else None,
            specificity=stored.specificity if alone else None,
        )

    def check_point(self, name: str | None) -> str:
        """Returns the name of an operating point, or that of the server's if there is none.

        Raises:
            NotFoundError: The models do not have it.
        """
        known = {self.operating_point, *(point for card in self.cards for points in card.operating_points.values()
                                         for point in points)}  # fmt: skip
        known = {point for point in known if any(self._threshold(label, point) is not None for label in self.labels)}
        if name is not None and name not in known:
            raise NotFoundError(f"There is no operating point {name!r}; the model has: {', '.join(sorted(known))}.")
        return name or self.operating_point

    def _threshold(self, label: str, name: str) -> float | None:
        if name == self.operating_point:
            return self._thresholds.get(label)
        points = [card.operating_points.get(label, {}).get(name) for card in self.cards]
        known = [point.threshold for point in points if point is not None]
        return float(np.mean(known)) if len(known) == len(points) else None

    @property
    def sizes(self) -> list[int]:
        """Sides of the crops that the models take, in pixels."""
        return self.screening.sizes

    def screen(self, prepared: Sequence[Prepared | Unreadable]) -> list[dict[str, Any]]:
        """Scores prepared photographs; worker thread only."""
        return self.screening.screen_prepared(prepared)

    def check_label(self, label: str | None) -> str:
        """Returns the label, or the main one if there is none.

        Raises:
            NotFoundError: The models do not have it.
        """
        if label is not None and label not in self.labels:
            raise NotFoundError(f"There is no label {label!r}; the model has: {', '.join(self.labels)}.")
        return label or self.labels[0]

    def heat(self, view: View, label: str) -> NDArray[np.float32]:
        """Returns where the label's evidence lies, the mean over the models; worker thread only."""
        maps = [heat_map(bundle, view.square, label) for bundle in self.bundles]
        mean = np.asarray(np.mean(maps, axis=0), np.float32)
        return inside_circle(mean) if view.circle else mean
