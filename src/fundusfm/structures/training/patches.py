"""The patches that are drawn from crops."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from fundusfm.data.loader_processes import enter_loader, loader_context
from fundusfm.data.store.batches import GlobalBatches
from fundusfm.data.store.loader import EpochSampler
from fundusfm.models.segmentation.structures import DISC, LESIONS, STRUCTURES
from fundusfm.structures.training.augment import random_patch
from fundusfm.structures.training.crops import SegmentCrops

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

# Small things lie in few patches: most of those drawn for them are drawn around one, the others tell what is none.
_AROUND = 0.7


class SegmentPatches(Dataset[Batch]):
    """Patch, uint8 (3, side, side), target, uint8 (masks, side, side), 255 unknown, and number, by (epoch, number).

    Every structure is drawn for equally often, and for it every data set, whatever the number of their photographs: a
    large set that was drawn coarsely would otherwise drown a small one.

    Args:
        crops: What patches are drawn from.
        labels: The masks that are learnt, in order.
        side: Side of a patch in pixels.
        each: Patches per photograph and epoch.
        seed: With epoch and number it decides the patch, however many processes load.
    """

    def __init__(self, crops: SegmentCrops, *, labels: Sequence[str], side: int, each: int, seed: int) -> None:
        self._crops, self._labels, self._side, self._each, self._seed = crops, list(labels), side, each, seed
        self._structures = []
        for masks in STRUCTURES.values():
            sets: dict[str, list[int]] = {}
            for row, own in enumerate(crops.masks):
                if own.drawn.keys() & set(masks) & set(labels):
                    sets.setdefault(crops.sets[row], []).append(row)
            if sets:
                self._structures.append((masks, list(sets.values())))

    def __len__(self) -> int:
        return len(self._crops) * self._each

    def __getitem__(self, index: tuple[int, int]) -> Batch:
        epoch, number = index
        rng = np.random.default_rng((self._seed, epoch, number))
        masks, row = self.choose(epoch, number)
        patch, target = random_patch(
            self._crops.images[row],
            self._crops.masks[row],
            labels=self._labels,
            around=self._around(masks, row, rng),
            side=self._side,
            rng=rng,
        )
        image = torch.from_numpy(patch).permute(2, 0, 1).contiguous()
        return image, torch.from_numpy(target), torch.tensor(number)

    def choose(self, epoch: int, number: int) -> tuple[Sequence[str], int]:
        """Returns the masks that a patch is drawn for, and the row of the photograph that it is drawn from."""
        masks, sets = self._structures[number % len(self._structures)]
        rows = sets[number // len(self._structures) % len(sets)]
        # Goes on where the epoch before left off, so that a large set is seen whole in time.
        turns = len(self._structures) * len(sets)
        return masks, rows[(number // turns + epoch * (len(self) // turns)) % len(rows)]

    def _around(self, masks: Sequence[str], row: int, rng: np.random.Generator) -> str | None:
        """Returns the mask around which a patch is drawn; None for anywhere in the field of view."""
        drawn = self._crops.masks[row].drawn
        small = [mask for mask in masks if mask in (*LESIONS, DISC) and mask in drawn and drawn[mask].max() >= 128]
        return str(rng.choice(small)) if small and rng.random() < _AROUND else None


def patch_loader(
    patches: SegmentPatches, *, batch_size: int, workers: int, seed: int, epoch: int = 0
) -> DataLoader[Batch]:
    """Returns a loader of (patches uint8 (n, 3, side, side), targets uint8 (n, masks, side, side), numbers (n,)).

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
