"""Rows of predictions for decoded photographs, and who made them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from fundusfm.data.crop import Crop
from fundusfm.data.fov import find_fov
from fundusfm.errors import ConfigError
from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import probabilities
from fundusfm.models.card import Card
from fundusfm.models.inference import scores_from_logits, to_input
from fundusfm.models.predictor import load

DEFAULT_POINT = "youden"


@dataclass(frozen=True)
class Photograph:
    """A decoded photograph: uint8 (height, width, 3) RGB under the name that messages use."""

    name: str
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Identity:
    """Which model made a prediction, as every report states it.

    Attributes:
        card: Of the bundle.
        weights_hash: SHA-256 of the weights.
        operating_point: Name of the operating point that decisions use.
    """

    card: Card
    weights_hash: str
    operating_point: str

    @property
    def digest(self) -> str:
        """SHA-256 over weights, card and operating point: equal digests predict and decide the same."""
        text = f"{self.weights_hash}\n{self.operating_point}\n{self.card.model_dump_json()}"
        return hashlib.sha256(text.encode()).hexdigest()


class Screens(Protocol):
    """What predictions are asked of.

    Attributes:
        bundle: The network that overlays explain.
        identity: Who predicts.
    """

    bundle: Bundle
    identity: Identity

    def screen(self, photographs: list[Photograph]) -> list[dict[str, object]]:
        """Returns a row per photograph: `image`, `status`, `reason`, then per label `.score`, `.probability` and, where
        the card has the operating point, `.decision` (0 or 1)."""


class BundleScreener:
    """A bundle that scores decoded photographs.

    Args:
        weights: Path of a bundle, or a name from `fundusfm weights list`.
        operating_point: Name of the operating point, as in the card.

    Raises:
        WeightsError: There is no such bundle, or it has no head.
        ConfigError: The card has operating points, but none of that name.
    """

    def __init__(self, weights: str, operating_point: str = DEFAULT_POINT) -> None:
        model = load(weights)
        self.bundle: Bundle = model.bundle
        self._device = model.device
        card = self.bundle.card
        known = sorted({name for points in card.operating_points.values() for name in points})
        if known and operating_point not in known:
            raise ConfigError(f"The model {card.name} has no operating point {operating_point!r}; it has: "
                              f"{', '.join(known)}.")
        self.identity = Identity(card, self.bundle.hash, operating_point)

    def screen(self, photographs: Sequence[Photograph]) -> list[dict[str, object]]:
        """Scores photographs; see `Screens`."""
        card = self.bundle.card
        fovs = [find_fov(photograph.image) for photograph in photographs]
        crops = [Crop(fov.on_grid(), card.size).apply(photograph.image)
                 for fov, photograph in zip(fovs, photographs, strict=True)]
        images = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).to(self._device)
        with torch.inference_mode():
            output = self.bundle.network(to_input(images, card.mean, card.std)).float().cpu().numpy()
        scores = scores_from_logits(output, card.task)
        calibrated = probabilities(scores, card)
        rows: list[dict[str, object]] = []
        for index, (photograph, fov) in enumerate(zip(photographs, fovs, strict=True)):
            row: dict[str, object] = {"image": photograph.name, "status": "ok", "reason": fov.reason}
            for position, label in enumerate(card.labels):
                row[f"{label}.score"] = float(scores[index, position])
                row[f"{label}.probability"] = float(calibrated[index, position])
                if point := card.operating_points.get(label, {}).get(self.identity.operating_point):
                    row[f"{label}.decision"] = int(scores[index, position] >= point.threshold)
            rows.append(row)
        return rows
