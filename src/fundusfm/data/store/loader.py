"""Torch loading of stores: several stores and their targets as one data set, in an order fixed by seed and epoch."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler

from fundusfm.config.types import Augmentation
from fundusfm.data.augment import FundusAugment
from fundusfm.data.loader_processes import enter_loader, loader_context
from fundusfm.data.seeds import combine_seeds
from fundusfm.data.store.batches import GlobalBatches
from fundusfm.data.store.reader import Store

_SHARED_MEMORY = Path("/dev/shm")
_SHARE_OF_MEMORY = 0.8
_PREFETCHED = 2
"""Batches that each loader process holds ready, torch's default."""


@dataclass(frozen=True)
class LabelledStores:
    """Stores with their targets, concatenated.

    Attributes:
        stores: Prepared data sets of one size.
        targets: float32 (rows of all stores, labels), NaN where unknown.
    """

    stores: Sequence[Store]
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, rows: NDArray[np.bool_]) -> "LabelledStores":
        """Returns the rows where the mask is true."""
        ends = np.cumsum([len(store) for store in self.stores])[:-1]
        return LabelledStores(
            [store.take(part) for store, part in zip(self.stores, np.split(rows, ends), strict=True)],
            self.targets[rows],
        )


Row = tuple[NDArray[np.uint8], NDArray[np.float32], int]
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class StoreDataset(Dataset[Row]):
    """Image (uint8 (size, size, 3)), targets (float32 (labels,)) and row number, by (epoch, row).

    With a seed the image is augmented, differently in every epoch.
    """

    def __init__(
        self, data: LabelledStores, *, augment_seed: int | None, augmentation: Augmentation = "standard"
    ) -> None:
        self._data = data
        self._starts = np.cumsum([0, *(len(store) for store in data.stores)])
        self._seed = augment_seed
        self._augment = FundusAugment(augmentation)

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, index: tuple[int, int]) -> Row:
        epoch, row = index
        which = int(np.searchsorted(self._starts, row, side="right")) - 1
        image = self._data.stores[which].image(row - int(self._starts[which]))
        if self._seed is not None:
            image = self._augment(image, seed=combine_seeds(self._seed, epoch, row))
        return image, self._data.targets[row], row


class EpochSampler(Sampler[tuple[int, int]]):
    """Pairs of epoch and row: a fresh permutation per epoch that depends on seed and epoch alone, shared by the ranks.

    Resuming needs no stored position.
    """

    def __init__(self, batches: GlobalBatches, *, seed: int, rank: int = 0, epoch: int = 0) -> None:
        self._batches, self._seed, self._rank = batches, seed, rank
        self._length = len(batches.part(range(batches.rows), rank))
        self._epoch = epoch

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning at the start of each epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng((self._seed, self._epoch)).permutation(self._batches.rows)
        return ((self._epoch, row) for row in self._batches.part(order.tolist(), self._rank))


class StripeSampler(Sampler[tuple[int, int]]):
    """Rows in their order, dealt out to the ranks in turn; the first ones again until all ranks have equally many.

    Ranks have to meet after equally many batches. Whoever gathers their results counts a repeated row once.
    """

    def __init__(self, rows: int, *, rank: int = 0, world: int = 1) -> None:
        self._rows, self._rank, self._world = rows, rank, world

    def __len__(self) -> int:
        return -(-self._rows // self._world)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((0, (place * self._world + self._rank) % self._rows) for place in range(len(self)))


def make_loader(
    data: LabelledStores,
    *,
    batch_size: int,
    seed: int,
    training: bool,
    workers: int,
    rank: int = 0,
    world: int = 1,
    epoch: int = 0,
    augmentation: Augmentation = "standard",
) -> DataLoader[Row]:
    """Returns a loader of batches: images uint8 (n, 3, size, size), targets float32 (n, labels), rows int (n,).

    For training, images are shuffled and augmented, and what `GlobalBatches` leaves out is left out. Loader processes
    fetch the first batches before Lightning names the epoch, so one that is not the first has to be given.
    """
    workers = workers_that_fit(workers, batch_size=batch_size, size=data.stores[0].header.size)
    return DataLoader(
        StoreDataset(data, augment_seed=seed if training else None, augmentation=augmentation),
        batch_size=batch_size,
        sampler=EpochSampler(GlobalBatches(len(data), batch_size, world), seed=seed, rank=rank, epoch=epoch)
        if training
        else StripeSampler(len(data), rank=rank, world=world),
        num_workers=workers,
        multiprocessing_context=loader_context(workers),
        worker_init_fn=enter_loader,
        collate_fn=_collate,
        persistent_workers=workers > 0,
        pin_memory=torch.cuda.is_available(),
        # Its own random numbers, though they decide nothing here: drawn from torch's, they would move those of mixup
        # and dropout in an epoch whose loader is made anew, as after a kill.
        generator=torch.Generator().manual_seed(seed),
    )


def workers_that_fit(workers: int, *, batch_size: int, size: int) -> int:
    """Returns the loader processes whose batches fit into shared memory; 0, to load in this process, if none do.

    Batches travel through /dev/shm, of which a container has 64 MB by default; a process that meets its end is killed.

    Args:
        workers: Loader processes asked for.
        batch_size: Images of a batch.
        size: Side of the images in pixels.
    """
    if not workers or not _SHARED_MEMORY.exists():
        return workers
    one = batch_size * size * size * 3
    free = shutil.disk_usage(_SHARED_MEMORY).free
    fitting = min(workers, int(free * _SHARE_OF_MEMORY) // (one * (_PREFETCHED + 1)))
    if not fitting:
        print(
            f"{_SHARED_MEMORY} has {free / 1024**2:.0f} MiB free, too little for loader processes with batches of "
            f"{batch_size} images of {size} px: loading in the training process",
            file=sys.stderr,
        )
    return fitting


def _collate(rows: Sequence[Row]) -> Batch:
    """Makes a batch whose images keep their colours side by side in memory, as convolutions take them."""
    images, targets, numbers = zip(*rows, strict=True)
    stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    return stacked, torch.from_numpy(np.stack(targets)), torch.tensor(numbers)
