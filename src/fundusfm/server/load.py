"""From the weights that were named to a service."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fundusfm.data.convert import crop_bytes
from fundusfm.errors import ConfigError, DecodeError
from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import probabilities
from fundusfm.models.inference import scores_from_logits, to_input
from fundusfm.models.predictor import load
from fundusfm.server.service import Service
from fundusfm.server.uploads import Photograph


def load_service(weights: Sequence[str], *, operating_point: str) -> Service:
    """Loads models for the server.

    Args:
        weights: Bundles, run folders or listed names; several are averaged.
        operating_point: Name of the operating point that decisions are made at.

    Raises:
        WeightsError: There is no such bundle, it is damaged, or it has no head.
        ConfigError: No weights were given, or the card has other operating points.
    """
    if len(weights) != 1:
        raise ConfigError(f"--weights names {len(weights)} bundles; give one.")
    bundle = load(weights[0]).bundle
    known = {name for points in bundle.card.operating_points.values() for name in points}
    if known and operating_point not in known:
        raise ConfigError(f"{bundle.card.name} has no operating point {operating_point!r}; it has: "
                          f"{', '.join(sorted(known))}.")  # fmt: skip
    return Service(_OneModel(bundle, operating_point), [bundle], operating_point=operating_point)


class _OneModel:
    """Scores photographs with one bundle."""

    def __init__(self, bundle: Bundle, operating_point: str) -> None:
        self._bundle = bundle
        self._point = operating_point

    def prepare(self, photograph: Photograph) -> "_Prepared":
        """Decodes and crops."""
        try:
            crop, _, _, fov = crop_bytes(photograph.content, photograph.name, self._bundle.card.size)
        except DecodeError as error:
            return _Prepared(photograph.name, str(error), None)
        return _Prepared(photograph.name, fov.reason, crop)

    def screen_prepared(self, photographs: Sequence["_Prepared"]) -> list[dict[str, Any]]:
        """Returns one row per photograph, in order."""
        card = self._bundle.card
        rows: list[dict[str, Any]] = [
            {"image": item.name, "status": "failed" if item.crop is None else "ok", "reason": item.reason}
            for item in photographs
        ]
        crops = [item.crop for item in photographs if item.crop is not None]
        if crops:
            device = next(self._bundle.network.parameters()).device
            images = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).to(device)
            with torch.inference_mode():
                logits = self._bundle.network(to_input(images, card.mean, card.std)).float().cpu().numpy()
            scores = scores_from_logits(logits, card.task)
            calibrated = probabilities(scores, card)
            for index, row in enumerate(row for row in rows if row["status"] == "ok"):
                for position, label in enumerate(card.labels):
                    row[f"{label}.score"] = float(scores[index, position])
                    row[f"{label}.probability"] = float(calibrated[index, position])
                    if point := card.operating_points.get(label, {}).get(self._point):
                        row[f"{label}.decision"] = int(scores[index, position] >= point.threshold)
        return rows


@dataclass
class _Prepared:
    name: str
    reason: str
    crop: NDArray[np.uint8] | None
