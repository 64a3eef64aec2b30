"""One bundle of an ensemble: its network's scores, calibrated, and the distance of its features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import probabilities
from fundusfm.models.inference import fused, pick_device, scores_from_logits, to_input
from fundusfm.models.mirrors import mirror_axes
from fundusfm.models.reference import Reference, read_reference
from fundusfm.models.start import resolve_weights


@dataclass(frozen=True)
class EnsembleMemberScores:
    """Scores of n photographs by one bundle.

    Attributes:
        scores: float64 (n, labels), 0..1.
        probabilities: float64 (n, labels), calibrated.
        distances: float64 (n,), from its training photographs; None if the bundle has no reference.
    """

    scores: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    distances: NDArray[np.float64] | None


class EnsembleMember:
    """A bundle with a head, ready to score crops.

    Args:
        weights: Bundle, run folder that holds one, or listed name.

    Raises:
        WeightsError: There is no such bundle, it is damaged, or it has no head.
    """

    def __init__(self, weights: str) -> None:
        if weights in ("scratch", "imagenet"):
            raise WeightsError(
                f"--weights {weights} is a starting point, not a model: give the bundle of a probe or finetune run."
            )
        self.bundle: Bundle = resolve_weights(weights, size=224)
        card = self.bundle.card
        if not card.labels:
            raise WeightsError(
                f"--weights {weights}: {card.name} is a backbone without a head, so it scores nothing: adapt it with "
                "fundusfm probe or finetune first."
            )
        folder = self.bundle.path
        self.reference: Reference | None = None if folder is None else read_reference(folder, weights=self.bundle.hash)
        self._device = pick_device()
        self._network: nn.Module = _FeaturesAndLogits(self.bundle.network)
        self._network.to(self._device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]

    @property
    def size(self) -> int:
        """Side of the crops that the network takes."""
        return self.bundle.card.size

    def fuse(self) -> None:
        """Fuses the network's layers: on a CPU scoring many photographs is faster, and equal up to rounding."""
        self._network = fused(self._network, self.bundle.card)

    @property
    def width(self) -> int:
        """Number of pooled features before the head."""
        return int(self.bundle.network.num_features)  # type: ignore[arg-type]

    def features(self, squares: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Returns the pooled features of crops, float32 (n, width); arguments as for `score`."""
        with torch.inference_mode():
            found: NDArray[np.float32] = self._network(self._inputs(squares))[0].float().cpu().numpy()
        return found

    def score(self, squares: Sequence[NDArray[np.uint8]], *, tta: bool) -> EnsembleMemberScores:
        """Scores crops.

        Args:
            squares: n times uint8 (size, size, 3), RGB; n at least 1.
            tta: Average the scores with those of the three mirror images.
        """
        card = self.bundle.card
        with torch.inference_mode():
            inputs = self._inputs(squares)
            features, logits = self._network(inputs)
            outputs = [logits, *(self._network(inputs.flip(axes))[1] for axes in mirror_axes(tta)[1:])]
        scores = np.mean([scores_from_logits(output.float().cpu().numpy(), card.task) for output in outputs], axis=0)
        distances = None if self.reference is None else self.reference.distance(features.float().cpu().numpy())
        return EnsembleMemberScores(scores, probabilities(scores, card), distances)

    def _inputs(self, squares: Sequence[NDArray[np.uint8]]) -> torch.Tensor:
        images = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).to(self._device)
        return to_input(images, self.bundle.card.mean, self.bundle.card.std)


class _FeaturesAndLogits(nn.Module):
    """A timm model that returns the pooled features (n, d) beside the logits (n, labels), in one pass."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        maps = self.network.forward_features(images)  # type: ignore[operator]
        features = self.network.forward_head(maps, pre_logits=True)  # type: ignore[operator]
        return features, self.network.forward_head(maps)  # type: ignore[operator]
