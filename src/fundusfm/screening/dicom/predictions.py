"""Predictions for decoded photographs, and the identity of the model that makes them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.referral import REFERRAL
from fundusfm.models.card.schema import Card
from fundusfm.models.fellow import FELLOW
from fundusfm.screening.prepare import prepare
from fundusfm.screening.provenance import STRUCTURES
from fundusfm.screening.screener import Screener
from fundusfm.structures.finder import StructureFinder


@dataclass(frozen=True)
class Identity:
    """Which model made a prediction, as every report states it.

    Attributes:
        card: Card of the bundle.
        weights_hash: SHA-256 of the weights.
        operating_point: Name of the operating point that decisions use.
        structures: SHA-256 over weights and card of the segmenter; empty where no structures are looked for.
    """

    card: Card
    weights_hash: str
    operating_point: str
    structures: str = ""

    def threshold(self, label: str) -> float | None:
        """Returns the score from which on a label is decided positive; None where it has no threshold."""
        if self.operating_point == REFERRAL:
            return self.card.referral.thresholds.get(label) if self.card.referral else None
        point = self.card.operating_points.get(label, {}).get(self.operating_point)
        return None if point is None else point.threshold

    @property
    def digest(self) -> str:
        """SHA-256 over weights, card, operating point and segmenter: equal digests find and decide the same."""
        text = f"{self.weights_hash}\n{self.operating_point}\n{self.card.model_dump_json()}"
        text += f"\n{self.structures}" if self.structures else ""
        return hashlib.sha256(text.encode()).hexdigest()


class ReportScreener:
    """One bundle that screens decoded photographs, and who it is.

    Attributes:
        screener: Judges and scores.
        bundle: The network that overlays explain.
        identity: Who predicts.
        structures: Finds the structures of photographs that are `ok`; None where they are not looked for.

    Args:
        weights: Path of a bundle, or a name from `fundusfm weights list`.
        operating_point: Name of the operating point, as in the card; None for the referral rule where the card has one,
            else `youden`.
        structures: Bundle of a segmenter, run folder that holds one, or listed name.
        traced: Whether rows have a trace for an audit log, under `trace`.

    Raises:
        WeightsError: There is no such bundle, it has no head, or what should find structures is no segmenter.
        ConfigError: The card has operating points, but none of that name.
    """

    def __init__(
        self,
        weights: str,
        operating_point: str | None = None,
        structures: str | None = None,
        *,
        traced: bool = False,
    ) -> None:
        self._traced = traced
        self.screener = Screener([weights], operating_point=operating_point)
        self.bundle: Bundle = self.screener.ensemble.members[0].bundle
        self.structures = None if structures is None else StructureFinder(structures)
        found_by = "" if self.structures is None else self.structures.digest
        self.identity = Identity(self.bundle.card, self.bundle.hash, self.screener.operating_point or "", found_by)

    @property
    def provenance(self) -> dict[str, str]:
        """The cells of a table by which a row says what made it."""
        return {
            "model": self.identity.card.name,
            "sha256": self.identity.weights_hash,
            "operating_point": self.identity.operating_point,
            "code_version": version("fundusfm"),
            **(
                dict(zip(STRUCTURES, (self.structures.name, self.structures.hash), strict=True))
                if self.structures
                else {}
            ),
        }

    def screen(self, name: str, image: NDArray[np.uint8]) -> dict[str, Any]:
        """Returns the row that `Screener.screen` gives a decoded photograph, uint8 (height, width, 3) RGB."""
        prepared = prepare(Photograph(name, image=image), self.screener.sizes, traced=self._traced)
        (row,) = self.screener.screen_prepared([prepared])
        return row

    def with_fellows(self, row: dict[str, Any], eye: str, study: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Returns a row scored with the fellow eye where the study has photographs of it; else as it is.

        Args:
            row: What `screen` returned.
            eye: Its eye.
            study: Such rows of all photographs of the study, with the `eye` of each.
        """
        others = [dict(one) for one in study if one["eye"] == FELLOW.get(eye)]
        rows = [row, *others]
        return self.screener.with_fellows(rows, ["study"] * len(rows), [eye, *(one["eye"] for one in others)])[0]
