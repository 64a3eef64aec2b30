"""Crops and patches of generated photographs."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fundusfm.structures.photographs import read_structures
from fundusfm.structures.training.patches import SegmentCrops, SegmentPatches, patch_loader, read_crops


@pytest.fixture(scope="module")
def crops(manifest: Path) -> SegmentCrops:
    images = read_structures(str(manifest), select=None, need_masks=True, log=print)[:6]
    return read_crops(images, 64, log=print)


def test_masks_lie_on_their_photographs(crops: SegmentCrops) -> None:
    assert crops.images.shape == (6, 64, 64, 3)
    vessels, fov = crops.masks[..., 0] >= 128, crops.masks[..., 1] >= 128
    assert 0.7 < fov.mean() < 0.85  # a circle that fills its square
    assert 0.01 < vessels.mean() < 0.3
    green = crops.images[..., 1].astype(float)
    assert green[vessels & fov].mean() < green[fov & ~vessels].mean()
    assert len(set(crops.hashes)) == 6


def test_taking_rows(crops: SegmentCrops) -> None:
    part = crops.take(np.arange(6) % 2 == 1)
    assert part.hashes == crops.hashes[1::2]
    assert np.array_equal(part.images, crops.images[1::2])


def test_patches_depend_on_seed_epoch_and_number_alone(crops: SegmentCrops) -> None:
    patches = SegmentPatches(crops, side=32, each=2, seed=3)
    assert len(patches) == 12
    one, again, later = patches[(0, 7)], patches[(0, 7)], patches[(1, 7)]
    assert torch.equal(one[0], again[0])
    assert not torch.equal(one[0], later[0])
    assert not torch.equal(patches[(0, 1)][0], one[0])  # the same photograph, another patch


@pytest.mark.parametrize("workers", [0, 1])
def test_an_epoch_shows_every_number_once(crops: SegmentCrops, workers: int) -> None:
    patches = SegmentPatches(crops, side=32, each=2, seed=3)
    batches = list(patch_loader(patches, batch_size=4, workers=workers, seed=0))
    assert sorted(torch.cat([numbers for _, _, numbers in batches]).tolist()) == list(range(12))
    assert batches[0][0].shape == (4, 3, 32, 32)
    assert batches[0][1].shape == (4, 1, 32, 32)
