"""Segmenters: from a photograph to a map of vessel probabilities in its own pixels, in bounded memory."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.engine import VESSELS, NetworkEngine
from fundusfm.models.mirrors import mirror_axes
from fundusfm.models.segmentation.tiles import MARGIN, OVERLAP, STRIDE, TILE, blend_tiles

LABEL = "vessels"
POINT = "dice"
"""The operating point: the threshold with the best mean Dice on the training photographs."""

_DEFAULT_THRESHOLD = 0.5


@dataclass
class Segmenter:
    """A segmentation network and what it expects.

    Attributes:
        engine: Computes `vessels` of crops with their margin, or of tiles of them; see `tile_side`.
        card: What travels with the weights.
        hash: SHA-256 over all weights, by name; empty where the network is still being trained.
    """

    engine: NetworkEngine
    card: Card
    hash: str = ""

    @property
    def threshold(self) -> float:
        """A pixel is called vessel from this probability on."""
        point = self.card.operating_points.get(LABEL, {}).get(POINT)
        return _DEFAULT_THRESHOLD if point is None else point.threshold

    def probability(self, image: NDArray[np.uint8], circle: FOV, *, tta: bool = False) -> NDArray[np.float32]:
        """Returns the probability of vessel for every pixel of a photograph.

        The field of view is brought to the size the network was trained at; a crop of more than 800 pixels
        is worked through in overlapping tiles.

        Args:
            image: uint8 (height, width, 3), original pixels.
            circle: Field of view of the photograph, in original pixels.
            tta: Average the photograph with its three mirror images: slower, a little better.

        Returns:
            float32 (height, width), 0 outside the square around the field of view.
        """
        crop = Crop(circle, self.card.size)
        # The field of view touches the sides of the square. In training there was black beyond, so there is here.
        square = cv2.copyMakeBorder(
            crop.apply(image), MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=(0, 0, 0)
        )
        values = blend_tiles(np.asarray(square, np.uint8), self._predictor(tta), tile=TILE, overlap=OVERLAP)
        inner = np.ascontiguousarray(values[MARGIN:-MARGIN, MARGIN:-MARGIN])
        return np.clip(crop.paste(inner, *image.shape[:2]), 0, 1)

    def _predictor(self, tta: bool) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
        mirrors = mirror_axes(tta)

        def predict(part: NDArray[np.uint8]) -> NDArray[np.float32]:
            height, width = part.shape[:2]
            below, beside = -height % STRIDE, -width % STRIDE
            padded = np.asarray(cv2.copyMakeBorder(part, 0, below, 0, beside, cv2.BORDER_REPLICATE), np.uint8)
            total = np.zeros(padded.shape[:2], np.float32)
            # One at a time: four at once would need four times the memory for the same result.
            for axes in mirrors:
                (found,) = self.engine.run(np.ascontiguousarray(np.flip(padded, axes))[None], (VESSELS,))
                total += np.flip(found[0], axes)
            total /= len(mirrors)
            return total[:height, :width]

        return predict
