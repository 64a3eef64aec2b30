"""Photographs and their masks brought to one diameter of the field of view, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.errors import MaskError
from fundusfm.progress import track
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.sets import pixel_hash
from fundusfm.training.arrays import hash_arrays

Share = NDArray[np.uint8]
"""uint8 (size, size): share of each pixel that lies in a mask, 255 for all of it."""


@dataclass(frozen=True)
class MaskCrops:
    """The masks of one photograph.

    Attributes:
        fov: The field of view.
        drawn: The masks that it has, by name.
        known: What counts of a mask, where not all does.
    """

    fov: Share
    drawn: dict[str, Share]
    known: dict[str, Share]

    def hash(self) -> str:
        """Returns what tells them from others."""
        named = [*self.drawn.items(), *self.known.items()]
        return hash_arrays(self.fov, *(values for _, values in named), np.array([name for name, _ in named], object))


@dataclass(frozen=True)
class SegmentCrops:
    """Photographs brought to one FOV diameter.

    Attributes:
        images: uint8 (n, size, size, 3).
        masks: The masks of each.
        hashes: What identifies each photograph.
        sets: The data set of each.
    """

    images: NDArray[np.uint8]
    masks: list[MaskCrops]
    hashes: list[str]
    sets: list[str]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: NDArray[np.bool_]) -> "SegmentCrops":
        """Returns the crops where the mask is true."""
        places = [int(place) for place in np.flatnonzero(rows)]
        return SegmentCrops(
            self.images[rows],
            [self.masks[place] for place in places],
            [self.hashes[place] for place in places],
            [self.sets[place] for place in places],
        )


def read_crops(
    images: Sequence[StructureImage], size: int, *, labels: Sequence[str], log: Callable[[str], None]
) -> SegmentCrops:
    """Loads and crops photographs and masks; four bytes per pixel of the crops stay in memory, and one per mask.

    Args:
        images: Rows that have one of the masks.
        size: Side of the crop in pixels.
        labels: The masks that are learnt; others are not kept.
        log: Receives what was unexpected in a file, and the fallback.

    Raises:
        MaskError: A mask is missing, empty, or does not fit its photograph.
        DecodeError: A photograph cannot be decoded.
    """
    photographs = np.empty((len(images), size, size, 3), np.uint8)
    masks, hashes = [], []
    for place, image in enumerate(track(images, label="crops", unit="photo")):
        loaded = image.load(allow_empty=False)
        for note in loaded.notes:
            log(note)
        crop = Crop(loaded.fov_circle, size)

        def share(mask: NDArray[np.bool_], crop: Crop = crop) -> Share:
            return np.asarray(crop.apply(mask.astype(np.uint8) * 255), np.uint8)

        photographs[place] = crop.apply(loaded.image)
        drawn = {label: share(loaded.drawn[label]) for label in labels if label in loaded.drawn}
        if not drawn:
            raise MaskError(f"{image.manifest}, row {image.row}: there is no mask to learn from.")
        known = {label: share(mask) for label, mask in loaded.known.items() if label in drawn}
        masks.append(MaskCrops(share(loaded.fov), drawn, known))
        hashes.append(pixel_hash(loaded.image))
    return SegmentCrops(photographs, masks, hashes, [image.dataset for image in images])
