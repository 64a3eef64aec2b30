"""`fundusfm.load(BUNDLE)`: a validated model that scores photographs, one row each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from fundusfm.data.decode.image import read_bytes
from fundusfm.data.store.convert import crop_bytes
from fundusfm.errors import DecodeError, WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import probabilities
from fundusfm.models.inference import MANY, fused, pick_device, scores_from_logits, to_input
from fundusfm.models.start import resolve_weights

_DECISION_POINT = "youden"


class Model:
    """A bundle ready to score photographs."""

    def __init__(self, bundle: Bundle) -> None:
        if not bundle.card.labels:
            raise WeightsError(
                f"{bundle.card.name} is a backbone without a head: adapt it with fundusfm probe or finetune "
                "before it can predict."
            )
        self.bundle = bundle
        self.device = pick_device()
        bundle.network.to(self.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self._network = bundle.network

    def predict(self, images: Sequence[str | Path], *, batch_size: int = 16) -> pd.DataFrame:
        """Scores photographs.

        Args:
            images: Files of any supported format.
            batch_size: Images per forward pass.

        Returns:
            One row per file, in order: `image`, `status` (`ok` or `failed`), `reason`, `fov_found`, then per label
            `<label>.score` (0..1), `<label>.probability` (temperature-calibrated) and, where the card has operating
            points, `<label>.decision` (0 or 1 at the Youden point). A file that fails keeps its row, with the reason.
        """
        if len(images) >= MANY and self._network is self.bundle.network:
            self._network = fused(self.bundle.network, self.bundle.card)
        rows = []
        for first in range(0, len(images), batch_size):
            rows += self._batch([Path(image) for image in images[first : first + batch_size]])
        return pd.DataFrame(rows)

    def _batch(self, paths: Sequence[Path]) -> list[dict[str, object]]:
        card = self.bundle.card
        rows: list[dict[str, object]] = []
        crops: list[np.ndarray] = []
        for path in paths:
            row: dict[str, object] = {"image": str(path), "status": "ok", "reason": "", "fov_found": False}
            try:
                crop, _, _, fov = crop_bytes(read_bytes(path), str(path), card.size)
                crops.append(crop)
                row |= {"fov_found": fov.found, "reason": fov.reason}
            except DecodeError as error:
                row |= {"status": "failed", "reason": str(error)}
            rows.append(row)
        if crops:
            images = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).to(self.device)
            with torch.inference_mode():
                output = self._network(to_input(images, card.mean, card.std)).float().cpu().numpy()
            scores = scores_from_logits(output, card.task)
            calibrated = probabilities(scores, card)
        done = iter(range(len(crops)))
        for row in rows:
            index = next(done) if row["status"] == "ok" else None
            for position, label in enumerate(card.labels):
                row[f"{label}.score"] = None if index is None else float(scores[index, position])
                row[f"{label}.probability"] = None if index is None else float(calibrated[index, position])
                if point := card.operating_points.get(label, {}).get(_DECISION_POINT):
                    row[f"{label}.decision"] = (
                        None if index is None else int(scores[index, position] >= point.threshold)
                    )
        return rows


def load(weights: str | Path) -> Model:
    """Loads a model for prediction.

    Args:
        weights: Path of a bundle, or a name from `fundusfm weights list`.

    Raises:
        WeightsError: There is no such bundle, it is damaged, or it has no head.
    """
    if str(weights) in ("scratch", "imagenet"):
        raise WeightsError(f"{weights} is a starting point, not a model: give the bundle of a probe or finetune run.")
    return Model(resolve_weights(str(weights), size=224))
