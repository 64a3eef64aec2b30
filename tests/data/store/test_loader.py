"""Order and augmentation depend on seed and epoch alone, and ranks share one process's order."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fundusfm.data.store.batches import GlobalBatches
from fundusfm.data.store.loader import EpochSampler, LabelledStores, StripeSampler, make_loader, workers_that_fit
from fundusfm.data.store.reader import open_store


@pytest.fixture
def data(store: Path) -> LabelledStores:
    """Two stores, the second of ten rows; each row's target is its number."""
    opened = open_store(str(store))
    stores = [opened, opened.take(np.arange(10))]
    rows = sum(len(part) for part in stores)
    return LabelledStores(stores, np.arange(rows, dtype=np.float32)[:, None])


def _epoch(data: LabelledStores, epoch: int, *, training: bool = True, workers: int = 0) -> list[torch.Tensor]:
    loader = make_loader(data, batch_size=8, seed=5, training=training, workers=workers)
    if training:
        loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]
    return [torch.cat(parts) for parts in zip(*loader, strict=True)]


def test_every_row_comes_once_with_its_own_image_and_target(data: LabelledStores) -> None:
    images, targets, rows = _epoch(data, 0, training=False)
    assert rows.tolist() == list(range(len(data)))
    assert targets[:, 0].tolist() == rows.tolist()
    assert torch.equal(images[:10], images[-10:])
    assert np.array_equal(images[3].permute(1, 2, 0).numpy(), data.stores[0].image(3))


def test_epochs_differ_and_repeat(data: LabelledStores) -> None:
    images, _, rows = _epoch(data, 1)
    again, _, rows_again = _epoch(data, 1)
    _, _, other = _epoch(data, 2)
    assert sorted(rows.tolist()) == list(range(len(data)))
    assert torch.equal(images, again)
    assert torch.equal(rows, rows_again)
    assert not torch.equal(rows, other)


def test_number_of_loader_processes_changes_nothing(data: LabelledStores) -> None:
    for alone, beside in zip(_epoch(data, 3), _epoch(data, 3, workers=1), strict=True):
        assert torch.equal(alone, beside)


def test_take_keeps_rows_beside_their_targets(data: LabelledStores) -> None:
    mask = np.arange(len(data)) % 3 == 0
    taken = data.take(mask)
    assert taken.targets[:, 0].tolist() == np.flatnonzero(mask).tolist()
    assert [len(part) for part in taken.stores] == [int(mask[:-10].sum()), int(mask[-10:].sum())]


def test_training_ranks_share_one_order_batch_by_batch() -> None:
    whole = EpochSampler(GlobalBatches(10, 8), seed=0)
    left, right = (EpochSampler(GlobalBatches(10, 4, 2), seed=0, rank=rank) for rank in range(2))
    assert [*list(left)[:4], *list(right)[:4], *list(left)[4:], *list(right)[4:]] == list(whole)
    assert [len(left), len(right)] == [5, 5]


def test_validation_ranks_have_equally_many_rows_and_every_row_once_or_repeated() -> None:
    parts = [[row for _, row in StripeSampler(10, rank=rank, world=4)] for rank in range(4)]
    assert [len(part) for part in parts] == [3, 3, 3, 3]
    together = [row for group in zip(*parts, strict=True) for row in group]
    assert together == [*range(10), 0, 1]


def test_last_training_batch_of_one_is_dropped(data: LabelledStores) -> None:
    mask = np.zeros(len(data), bool)
    mask[:9] = True
    assert (
        sum(len(batch[0]) for batch in make_loader(data.take(mask), batch_size=8, seed=0, training=True, workers=0))
        == 8
    )


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("free", "size", "workers"), [(64, 224, 3), (64, 384, 1), (64, 1024, 0), (2000, 384, 4), (2000, 1024, 4)]
)
def test_loader_processes_fit_into_shared_memory(
    free: int, size: int, workers: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = SimpleNamespace(free=free * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    assert workers_that_fit(4, batch_size=32, size=size) == workers
    assert ("loading in the training process" in capsys.readouterr().err) == (workers == 0)
