"""What the server does with a photograph: a row of results, and pictures of where they come from.

The network is used by one thread only, the worker's: maps need its gradients, and hooks belong to the network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.convert import crop_bytes
from fundusfm.errors import LabelError
from fundusfm.explain.cam import heat_map
from fundusfm.explain.overlay import heat_image, inside_circle
from fundusfm.models.bundle import Bundle
from fundusfm.models.card import Card
from fundusfm.report.save import data_uri
from fundusfm.server.schemas import Point

_PICTURE_SIDE = 768
_HEAT_SIDE = 256
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 90]
MAIN_LABEL = "abnormal"
"""The label that stands for the whole photograph where a model has it."""


class Screening(Protocol):
    """Scores photographs in two steps: only the second one needs the network."""

    def prepare(self, photograph: Any) -> Any:
        """Decodes and crops a photograph, in any thread; never fails for what is wrong with the file."""

    def screen_prepared(self, photographs: Sequence[Any]) -> list[dict[str, Any]]:
        """Returns one dictionary per photograph, in order; the keys are the columns of `fundusfm predict`."""


@dataclass(frozen=True)
class Explanation:
    """Pictures of one photograph, as `data:` addresses.

    Attributes:
        label: Whose evidence the map shows.
        crop: The square around the field of view.
        heat: The map over the same square, transparent where there is no evidence.
        empty: Whether nothing in the photograph raises the label's score.
    """

    label: str
    crop: str
    heat: str
    empty: bool


@dataclass(frozen=True)
class View:
    """A crop to look at, finer than what the network sees.

    Attributes:
        square: uint8 (side, side, 3) RGB.
        circle: Whether the field of view is a circle, which then touches the square's four sides.
    """

    square: NDArray[np.uint8]
    circle: bool


class Service:
    """Loaded weights: rows from a screening, maps from the same bundles.

    Args:
        screening: Scores photographs.
        bundles: The members of an ensemble, or one; they have the same labels.
        operating_point: Name of the operating point that decisions are made at.
        thresholds: By label: where the screening decides; None for a label without an operating point.
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

    def point(self, label: str) -> Point | None:
        """Returns where a label is decided; None where the models have no operating point.

        Sensitivity and specificity belong to one model's own predictions, so an ensemble has none.
        """
        threshold = self._thresholds.get(label)
        if threshold is None:
            return None
        stored = self.cards[0].operating_points[label][self.operating_point]
        alone = len(self.bundles) == 1
        return Point(
            name=self.operating_point,
            threshold=threshold,
            sensitivity=stored.sensitivity if alone else None,
            specificity=stored.specificity if alone else None,
        )

    def prepare(self, photograph: Any) -> Any:
        """Decodes and crops a photograph for `screen`; any thread."""
        return self.screening.prepare(photograph)

    def screen(self, prepared: Sequence[Any]) -> list[dict[str, Any]]:
        """Scores what `prepare` returned; worker thread only."""
        return self.screening.screen_prepared(prepared)

    def check_label(self, label: str | None) -> str:
        """Returns the label, or the main one if there is none.

        Raises:
            LabelError: The models do not have it.
        """
        if label is not None and label not in self.labels:
            raise LabelError(f"There is no label {label!r}; the model has: {', '.join(self.labels)}.")
        return label or self.labels[0]

    def heat(self, view: View, label: str) -> NDArray[np.float32]:
        """Returns where the label's evidence lies, the mean over the models; worker thread only."""
        maps = [heat_map(bundle, view.square, label) for bundle in self.bundles]
        mean = np.asarray(np.mean(maps, axis=0), np.float32)
        return inside_circle(mean) if view.circle else mean


def picture(content: bytes, name: str) -> View:
    """Returns the crop of a photograph.

    Args:
        content: The file.
        name: What to call it in messages.

    Raises:
        DecodeError: The photograph cannot be decoded.
    """
    square, _, _, fov = crop_bytes(content, name, _PICTURE_SIDE)
    return View(square, fov.found)


def drawn(label: str, view: View, heat: NDArray[np.float32]) -> Explanation:
    """Encodes a crop and its map for a page."""
    small = cv2.resize(heat, (_HEAT_SIDE, _HEAT_SIDE), interpolation=cv2.INTER_AREA)
    coloured = cv2.cvtColor(heat_image(np.asarray(small, np.float32)), cv2.COLOR_RGBA2BGRA)
    layer = data_uri(_encoded(".png", coloured), "image/png")
    return Explanation(label, jpeg(view.square), layer, not heat.any())


def jpeg(image: NDArray[np.uint8]) -> str:
    """Returns an RGB picture as a `data:` address."""
    return data_uri(_encoded(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _JPEG), "image/jpeg")


def _encoded(suffix: str, image: Any, options: Sequence[int] = ()) -> bytes:
    done, encoded = cv2.imencode(suffix, image, options)
    if not done:
        raise RuntimeError(f"OpenCV could not encode a {suffix} picture")
    content: bytes = encoded.tobytes()
    return content
