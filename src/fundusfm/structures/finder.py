"""Finds lesions, disc and vessels in a crop of the field of view, such as a screening makes anyway."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import FOV, find_fov
from fundusfm.extras import has_extra
from fundusfm.models.engine.devices import AUTO
from fundusfm.models.segmentation.arrays import Map, Mask
from fundusfm.models.segmentation.structures import ARTERIES, ARTERY_VEIN, DISC, LESIONS, VEINS, WORDS
from fundusfm.structures.findings import (
    DISC_FOUND,
    DISC_REASON,
    LOOK_FIRST,
    TOO_MANY,
    VESSEL_SHARE,
    cells_of_structures,
    columns_of_structures,
    count_column,
)
from fundusfm.structures.masks import circle_mask

if TYPE_CHECKING:
    from fundusfm.models.segmentation.segmenter import DecidedMasks

AVR, AVR_REASON = f"{ARTERY_VEIN}.avr", f"{ARTERY_VEIN}.avr_reason"
"""Columns of the arteriole-to-venule ratio, and of why there is none."""


@dataclass(frozen=True)
class FoundStructures:
    """What was found in one photograph.

    Attributes:
        square: uint8 (size, size, 3) RGB, the crop that was searched.
        masks: bool (size, size) by mask, nothing outside the field of view.
        cells: Column to cell; see `fundusfm.structures.findings`.
    """

    square: NDArray[np.uint8]
    masks: dict[str, Mask]
    cells: dict[str, Any]


class StructureFinder:
    """A segmenter that searches crops of the field of view.

    Args:
        weights: Bundle of a segmenter, run folder that holds one, or listed name.
        device: What computes.

    Raises:
        WeightsError: There is no such segmenter, or it is damaged.
    """

    def __init__(self, weights: str, *, device: str = AUTO) -> None:
        # Here, because a screening without structures should not wait for what segmenters import.
        from fundusfm.models.segmentation.load import load_segmenter

        self.segmenter = load_segmenter(weights, device=device)

    @property
    def size(self) -> int:
        """Side of the crop that it takes, in pixels."""
        return self.segmenter.card.size

    @property
    def name(self) -> str:
        """Name of the bundle."""
        return self.segmenter.card.name

    @property
    def hash(self) -> str:
        """SHA-256 of the weights."""
        return self.segmenter.hash

    @property
    def digest(self) -> str:
        """SHA-256 over weights and card: equal digests find the same."""
        return hashlib.sha256(f"{self.hash}\n{self.segmenter.card.model_dump_json()}".encode()).hexdigest()

    @property
    def columns(self) -> list[str]:
        """Columns of what it finds."""
        return columns_of_structures(self.segmenter.labels) + ([AVR, AVR_REASON] if self._has_ratio else [])

    @property
    def _has_ratio(self) -> bool:
        return {ARTERIES, VEINS, DISC} <= set(self.segmenter.labels)

    def find(self, square: NDArray[np.uint8], crop: Crop, height: int, width: int) -> FoundStructures:
        """Finds the structures of a photograph; not for several threads at once.

        Args:
            square: uint8 (size, size, 3) RGB, the crop around the field of view.
            crop: Where it lies in the photograph.
            height: Height of the photograph in pixels.
            width: Width of the photograph in pixels.
        """
        maps = self.segmenter.in_crop(square, whole=not crop.fov.found)
        return self._found(square, maps, _field(crop, height, width))

    def masks(self, square: NDArray[np.uint8], crop: Crop, height: int, width: int) -> dict[str, Mask]:
        """Returns the masks of a crop alone; arguments as for `find`."""
        maps = self.segmenter.in_crop(square, whole=not crop.fov.found)
        return self.segmenter.masks(maps, _field(crop, height, width)).masks

    def find_in_photograph(self, image: NDArray[np.uint8]) -> tuple[dict[str, Mask], FoundStructures]:
        """Finds the structures of a photograph; not for several threads at once.

        Args:
            image: uint8 (height, width, 3) RGB.

        Returns:
            bool (height, width) by mask, in the photograph's own pixels; and what `find` returns for its crop.
        """
        height, width = image.shape[:2]
        circle = find_fov(image)
        crop = Crop(circle, self.size)
        square = crop.apply(image)
        maps = self.segmenter.in_crop(square, whole=not circle.found)
        pasted = {name: crop.paste(values, height, width) for name, values in maps.items()}
        decided = self.segmenter.masks(pasted, circle_mask(circle, height, width))
        return decided.masks, self._found(square, maps, _field(crop, height, width))

    def _found(self, square: NDArray[np.uint8], maps: Mapping[str, Map], inside: Mask) -> FoundStructures:
        decided = self.segmenter.masks(maps, inside)
        cells = cells_of_structures(decided.masks, inside, decided.disc_doubt)
        return FoundStructures(square, decided.masks, cells | self._ratio(decided, inside))

    def _ratio(self, decided: "DecidedMasks", inside: Mask) -> dict[str, Any]:
        """Returns the cells of the arteriole-to-venule ratio; none where a mask that it needs is not looked for."""
        if not self._has_ratio:
            return {}
        if not has_extra("train"):  # scikit-image, which follows vessels along their middle
            return {AVR: None, AVR_REASON: "needs the extra [train]"}
        from fundusfm.structures.measure.zone_measures import measure_zone_b

        zone = measure_zone_b(decided.masks, inside, disc_doubt=decided.disc_doubt)
        (ratio,) = (row for row in zone.rows if row.measure == "avr")
        return {AVR: None if ratio.reason else round(ratio.value, 4), AVR_REASON: ratio.reason}


def _field(crop: Crop, height: int, width: int) -> Mask:
    """Returns the field of view of a crop, bool (size, size): the circle, as far as the photograph shows it."""
    half = crop.size / 2
    inside = circle_mask(FOV(half, half, half, crop.fov.found), crop.size, crop.size)
    (left, top), (right, bottom) = np.rint(crop.from_original(np.array([[0, 0], [width, height]]))).astype(int)
    framed = np.zeros_like(inside)
    framed[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = True
    return inside & framed


def with_size(sizes: Sequence[int], structures: StructureFinder | None) -> list[int]:
    """Returns the sides of the crops that a photograph needs, each once, with that of a finder where there is one."""
    return sorted({*sizes, *([structures.size] if structures else [])})


def structures_text(row: Mapping[str, Any]) -> str:
    """Returns what was found in a photograph as a line, such as `microaneurysms 3, haemorrhages 1`; empty without.

    Args:
        row: Cells by column; see `fundusfm.structures.findings`.
    """
    counts = {lesion: row.get(count_column(lesion)) for lesion in LESIONS}
    known = [f"{WORDS[lesion]} {count}" for lesion, count in counts.items() if count is not None]
    nothing = "not sure of the optic disc" if row.get(DISC_REASON) else "no optic disc found"
    disc = {1: ["optic disc found"], 0: [nothing]}.get(row.get(DISC_FOUND), [])  # type: ignore[arg-type]
    share = row.get(VESSEL_SHARE)
    vessels = [] if share is None else [f"vessels {share:.1%} of the field of view"]
    ratio, reason = row.get(AVR), row.get(AVR_REASON)
    measured = [f"no AVR ({reason})"] if reason else [] if ratio is None else [f"AVR {ratio:.2f}"]
    return ", ".join(known + disc + vessels + measured)


def cautions(row: Mapping[str, Any]) -> list[str]:
    """Returns how far to trust what `structures_text` says, as sentences."""
    counted = any(row.get(count_column(lesion)) is not None for lesion in LESIONS)
    return [TOO_MANY] * counted + [LOOK_FIRST] * (row.get(AVR) is not None)
