"""One bundle of an ensemble: its network's scores, calibrated, and the distance of its features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.calibrate import probabilities
from fundusfm.models.engine.devices import AUTO
from fundusfm.models.engine.engine import FEATURES, LOGITS
from fundusfm.models.inference import scores_from_logits
from fundusfm.models.mirrors import MOST_VIEWS, mirror_axes
from fundusfm.models.reference import Reference, read_reference
from fundusfm.models.resolve import STARTS, resolve_weights


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
        device: What computes.

    Raises:
        WeightsError: There is no such bundle, it is damaged, or it has no head.
    """

    def __init__(self, weights: str, *, device: str = AUTO) -> None:
        if weights in STARTS:
            raise WeightsError(
                f"--weights {weights} is a starting point, not a model: give the bundle of a probe or finetune run."
            )
        self.bundle: Bundle = resolve_weights(weights, size=224, device=device)
        card = self.bundle.card
        if not card.labels:
            raise WeightsError(
                f"--weights {weights}: {card.name} is a backbone without a head, so it scores nothing: adapt it with "
                "fundusfm probe or finetune first."
            )
        folder = self.bundle.path
        self.reference: Reference | None = None if folder is None else read_reference(folder, weights=self.bundle.hash)
        self._engine = self.bundle.engine

    @property
    def size(self) -> int:
        """Side of the crops that the network takes."""
        return self.bundle.card.size

    @property
    def width(self) -> int:
        """Number of pooled features before the head."""
        return self._engine.width(FEATURES)

    def features(self, squares: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Returns the pooled features of crops, float32 (n, width); arguments as for `score`."""
        return self._engine.run(np.stack(squares), (FEATURES,))[0]

    def score(self, squares: Sequence[NDArray[np.uint8]], *, tta: bool) -> EnsembleMemberScores:
        """Scores crops.

        Args:
            squares: n times uint8 (size, size, 3), RGB; n at least 1.
            tta: Average the scores with those of the three mirror images, unless the network sees them anyway.
        """
        card = self.bundle.card
        logits, features = self._engine.run(np.stack(squares), (LOGITS, FEATURES))
        outputs = [logits]
        for axes in mirror_axes(MOST_VIEWS if tta and card.views < MOST_VIEWS else 1)[1:]:
            outputs += self._engine.run(np.stack([np.flip(square, axes) for square in squares]), (LOGITS,))
        scores = np.mean([scores_from_logits(output, card.task) for output in outputs], axis=0)
        distances = None if self.reference is None else self.reference.distance(features)
        return EnsembleMemberScores(scores, probabilities(scores, card), distances)
