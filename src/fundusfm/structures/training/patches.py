"""Crops of photographs with their vessels in memory, and the patches that are drawn from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from fundusfm.data.fov.crop import Crop
from fundusfm.data.loader_processes import enter_loader, loader_context
from fundusfm.data.store.batches import GlobalBatches
from fundusfm.data.store.loader import EpochSampler
from fundusfm.errors import MaskError
from fundusfm.progress import track
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.sets import pixel_hash
from fundusfm.structures.training.augment import random_patch

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class SegmentCrops:
    """Photographs brought to one FOV diameter.

    Attributes:
        images: uint8 (n, size, size, 3).
        masks: uint8 (n, size, size, 2), share of each pixel that is vessel and that is field of view, 255 for all.
        hashes: What identifies each photograph.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    hashes: list[str]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: NDArray[np.bool_]) -> "SegmentCrops":
        """Returns the crops where the mask is true."""
        return SegmentCrops(
            self.images[rows], self.masks[rows], [self.hashes[int(place)] for place in np.flatnonzero(rows)]
        )


def read_crops(images: Sequence[StructureImage], size: int, *, log: Callable[[str], None]) -> SegmentCrops:
    """Loads and crops photographs and masks; five bytes per pixel of the crops stay in memory.

    Args:
        images: Rows that have a vessel mask.
        size: Side of the crop in pixels.
        log: Receives what was unexpected in a file, and the fallback.

    Raises:
        MaskError: A mask is missing, empty, or does not fit its photograph.
        DecodeError: A photograph cannot be decoded.
    """
    photographs = np.empty((len(images), size, size, 3), np.uint8)
    masks = np.empty((len(images), size, size, 2), np.uint8)
    hashes = []
    for place, image in enumerate(track(images, label="crops", unit="photo")):
        loaded = image.load(allow_empty=False)
        if loaded.vessels is None:
            raise MaskError(f"{image.manifest}, row {image.row}: there is no vessel mask to learn from.")
        for note in loaded.notes:
            log(note)
        crop = Crop(loaded.fov_circle, size)
        photographs[place] = crop.apply(loaded.image)
        for channel, mask in enumerate((loaded.vessels, loaded.fov)):
            masks[place, ..., channel] = crop.apply(mask.astype(np.uint8) * 255)
        hashes.append(pixel_hash(loaded.image))
    return SegmentCrops(photographs, masks, hashes)


class SegmentPatches(Dataset[Batch]):
    """Patch, uint8 (3, side, side), target, uint8 (1, side, side), 255 outside the FOV, and number, by (epoch, number).

    Args:
        crops: What patches are drawn from.
        side: Side of a patch in pixels.
        each: Patches per photograph and epoch.
        seed: With epoch and number it decides the patch, however many processes load.
    """

    def __init__(self, crops: SegmentCrops, *, side: int, each: int, seed: int) -> None:
        self._crops, self._side, self._each, self._seed = crops, side, each, seed

    def __len__(self) -> int:
        return len(self._crops) * self._each

    def __getitem__(self, index: tuple[int, int]) -> Batch:
        epoch, number = index
        row = number % len(self._crops)
        patch, target = random_patch(
            self._crops.images[row],
            self._crops.masks[row],
            side=self._side,
            rng=np.random.default_rng((self._seed, epoch, number)),
        )
        image = torch.from_numpy(patch).permute(2, 0, 1).contiguous()
        return image, torch.from_numpy(target)[None], torch.tensor(number)


def patch_loader(
    patches: SegmentPatches, *, batch_size: int, workers: int, seed: int, epoch: int = 0
) -> DataLoader[Batch]:
    """Returns a loader of (patches uint8 (n, 3, side, side), targets uint8 (n, 1, side, side), numbers (n,)).

    Loader processes fetch the first batches before Lightning names the epoch, so one that is not the first has to be
    given.
    """
    return DataLoader(
        patches,
        batch_size=batch_size,
        sampler=EpochSampler(GlobalBatches(len(patches), batch_size), seed=seed, epoch=epoch),
        num_workers=workers,
        multiprocessing_context=loader_context(workers),
        worker_init_fn=enter_loader,
        persistent_workers=workers > 0,
        pin_memory=torch.cuda.is_available(),
    )
