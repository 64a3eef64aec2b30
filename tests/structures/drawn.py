"""A segmenter that finds the same shapes in every photograph, so that tests know what should be found."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.models.card.schema import Card
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.structures import MASKS
from fundusfm.models.segmentation.tiles import MARGIN


class DrawnEngine:
    """Returns drawn maps in place of a network's; a shape is given as shares of the crop's side."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels

    def run(self, images: NDArray[np.uint8], outputs: tuple[str, ...]) -> list[NDArray[Any]]:
        side = images.shape[1]
        maps = np.stack([np.pad(self._map(label, side - 2 * MARGIN), MARGIN) for label in self._labels])
        return [np.repeat(maps[None], len(images), axis=0)]

    def _map(self, label: str, side: int) -> NDArray[np.float32]:
        drawn = np.zeros((side, side), np.float32)

        def dot(x: float, y: float, radius: float) -> None:
            cv2.circle(drawn, (round(x * side), round(y * side)), round(radius * side), 0.9, -1)

        def line(y: float) -> None:
            # The two keep apart: what meets without a branching is one vessel.
            end = 0.4 if y < 0.5 else 0.6
            cv2.line(drawn, (round(0.2 * side), round(y * side)), (round(0.7 * side), round(end * side)), 0.9, 3)

        match label:
            case "vessels":
                line(0.25), line(0.75)
            case "arteries":
                line(0.25)
            case "veins":
                line(0.75)
            case "disc":
                dot(0.7, 0.5, 0.075)
            case "microaneurysms":
                dot(0.3, 0.5, 0.015), dot(0.4, 0.45, 0.015), dot(0.35, 0.6, 0.015)
            case "haemorrhages":
                dot(0.45, 0.3, 0.03), dot(0.5, 0.7, 0.03)
            case "hard_exudates":
                dot(0.25, 0.4, 0.02)
        return drawn


def segmenter_of_shapes(size: int = 256, labels: Sequence[str] = MASKS) -> Segmenter:
    """Returns the segmenter; it finds no soft exudates."""
    card = Card(
        name="drawn", architecture="tiny", strategy="scratch", task="structures", decoder="tiny", size=size,
        labels=list(labels), mean=[0.5] * 3, std=[0.25] * 3, crop=CROP_VERSION,
    )  # fmt: skip
    return Segmenter(DrawnEngine(labels), card, "d" * 64)  # type: ignore[arg-type]
