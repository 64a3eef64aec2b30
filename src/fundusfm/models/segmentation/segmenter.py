"""Segmenters: from a photograph to probability maps in its own pixels, in bounded memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.engine import STRUCTURES, VESSELS, NetworkEngine
from fundusfm.models.mirrors import MOST_VIEWS, mirror_axes
from fundusfm.models.segmentation import structures
from fundusfm.models.segmentation.arrays import Map, Mask
from fundusfm.models.segmentation.arteries_veins import separate_arteries
from fundusfm.models.segmentation.dashes import without_dashes
from fundusfm.models.segmentation.disc import choose_disc
from fundusfm.models.segmentation.pieces import sure_pieces
from fundusfm.models.segmentation.tiles import MARGIN, OVERLAP, STRIDE, TILE, blend_tiles

POINT = "dice"
"""Name of the operating point of pixels: best mean Dice on the training photographs."""

PIECE = "piece"
"""Name of the operating point that a pixel of a piece has to reach, where healthy eyes ask for a higher one."""

_DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True)
class DecidedMasks:
    """Masks at some thresholds.

    Attributes:
        masks: bool (height, width) by mask.
        disc_doubt: Why a piece that looks like the disc was refused; empty if none was.
    """

    masks: dict[str, Mask]
    disc_doubt: str = ""


@dataclass
class Segmenter:
    """A segmentation network with its card.

    Attributes:
        engine: Computes the maps of a crop with its margin, or of tiles of it; see `tile_side`.
        card: What travels with the weights.
        hash: SHA-256 over all weights, by name; empty where the network is still being trained.
    """

    engine: NetworkEngine
    card: Card
    hash: str = ""

    @property
    def labels(self) -> list[str]:
        """The masks that it finds; see `fundusfm.models.segmentation.structures`."""
        return self.card.labels or [structures.VESSELS]

    @property
    def thresholds(self) -> dict[str, float]:
        """Threshold of each mask: the probability from which a pixel belongs to it."""
        points = {label: self.card.operating_points.get(label, {}).get(POINT) for label in self.labels}
        return {label: _DEFAULT_THRESHOLD if point is None else point.threshold for label, point in points.items()}

    @property
    def pieces(self) -> dict[str, float]:
        """Probability that a pixel of a piece has to reach for the piece to count; for masks that have such a limit."""
        points = {label: self.card.operating_points.get(label, {}).get(PIECE) for label in self.labels}
        return {label: point.threshold for label, point in points.items() if point is not None}

    def probabilities(self, image: NDArray[np.uint8], circle: FOV, *, tta: bool = False) -> dict[str, Map]:
        """Returns the probability of each mask for every pixel of a photograph.

        Args:
            image: uint8 (height, width, 3), original pixels.
            circle: Field of view of the photograph, in original pixels.
            tta: Average the photograph with its three mirror images: slower, a little better.

        Returns:
            float32 (height, width) by mask, 0 outside the field of view.
        """
        crop = Crop(circle, self.card.size)
        maps = self.in_crop(crop.apply(image), whole=not circle.found, tta=tta)
        # One after the other: a map of a large photograph takes 40 MB and more, and resampling it as much again.
        return {label: np.clip(crop.paste(values, *image.shape[:2]), 0, 1) for label, values in maps.items()}

    def in_crop(self, square: NDArray[np.uint8], *, whole: bool = False, tta: bool = False) -> dict[str, Map]:
        """Returns the probability of each mask for every pixel of a crop.

        A crop of more than 800 pixels is computed in overlapping tiles.

        Args:
            square: uint8 (size, size, 3), the field of view at the size that the network was trained at.
            whole: Whether all of the square counts, not only the circle in it, because no field of view was found.
            tta: As for `probabilities`.

        Returns:
            float32 (size, size) by mask, 0 outside the field of view, where the network was never trained.
        """
        # The field of view touches the sides of the square. In training there was black beyond it, so here too.
        framed = cv2.copyMakeBorder(square, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=(0, 0, 0))
        values = blend_tiles(np.asarray(framed, np.uint8), self._predictor(tta), tile=TILE, overlap=OVERLAP)
        inner = values[MARGIN:-MARGIN, MARGIN:-MARGIN]
        if not whole:
            inner = inner * _circle(len(square))[..., None]
        return {label: np.ascontiguousarray(inner[..., place]) for place, label in enumerate(self.labels)}

    def masks(self, probabilities: Mapping[str, Map], inside: Mask) -> DecidedMasks:
        """Returns the masks at the segmenter's own thresholds; see `masks_at`."""
        return masks_at(probabilities, self.thresholds, inside, pieces=self.pieces)

    def _predictor(self, tta: bool) -> Callable[[NDArray[np.uint8]], Map]:
        mirrors = mirror_axes(MOST_VIEWS if tta else 1)
        output = STRUCTURES if self.card.task == "structures" else VESSELS

        def predict(part: NDArray[np.uint8]) -> Map:
            height, width = part.shape[:2]
            below, beside = -height % STRIDE, -width % STRIDE
            padded = np.asarray(cv2.copyMakeBorder(part, 0, below, 0, beside, cv2.BORDER_REPLICATE), np.uint8)
            total = np.zeros((*padded.shape[:2], len(self.labels)), np.float32)
            # One at a time: four at once would need four times the memory for the same result.
            for axes in mirrors:
                (found,) = self.engine.run(np.ascontiguousarray(np.flip(padded, axes))[None], (output,))
                maps = found[0][None] if output == VESSELS else found[0]
                total += np.flip(np.moveaxis(maps, 0, -1), axes)
            total /= len(mirrors)
            return total[:height, :width]

        return predict


def masks_at(
    probabilities: Mapping[str, Map], thresholds: Mapping[str, float], inside: Mask, *, pieces: Mapping[str, float]
) -> DecidedMasks:
    """Returns the masks at some thresholds.

    Vessels are without dashes and lines along the rim; see `without_dashes`. Where vessels, arteries and veins are all
    known, every vessel is assigned to one of the two; see `separate_arteries`. The disc is one piece without holes, or
    empty; see `choose_disc`.

    Args:
        probabilities: Float (height, width) by mask, such as `Segmenter.probabilities` returns.
        thresholds: Threshold of each mask.
        inside: bool (height, width), the field of view; nothing is found outside.
        pieces: What a pixel of a piece has to reach, for the masks that have such a limit; see `sure_pieces`.

    Returns:
        The masks, in the same order.
    """
    found = {label: np.asarray(values >= thresholds[label]) & inside for label, values in probabilities.items()}
    for label in found.keys() & pieces.keys():
        found[label] = sure_pieces(found[label], probabilities[label] >= pieces[label])
    if structures.VESSELS in found:
        found[structures.VESSELS] = without_dashes(found[structures.VESSELS], inside)
    if {structures.VESSELS, structures.ARTERIES, structures.VEINS} <= found.keys():
        found[structures.ARTERIES], found[structures.VEINS] = separate_arteries(
            found[structures.VESSELS], probabilities[structures.ARTERIES] - probabilities[structures.VEINS]
        )
    if structures.DISC not in found:
        return DecidedMasks(found)
    disc = choose_disc(found[structures.DISC], probabilities[structures.DISC], inside, found.get(structures.VESSELS))
    return DecidedMasks(found | {structures.DISC: disc.mask}, disc.doubt)


def _circle(side: int) -> Map:
    """Returns 1 in the circle that touches the sides of a square, and one pixel around it, else 0."""
    away = np.arange(side, dtype=np.float32) + 0.5 - side / 2
    return np.asarray(np.hypot(away[:, None], away[None]) <= side / 2 + 1, np.float32)
