"""Patches of generated photographs."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from fundusfm.structures.photographs import read_structures
from fundusfm.structures.training.crops import SegmentCrops, read_crops
from fundusfm.structures.training.patches import SegmentPatches, patch_loader


@pytest.fixture(scope="module")
def crops(manifest: Path) -> SegmentCrops:
    images = read_structures(str(manifest), select=None, need_masks=True, log=print)[:6]
    return read_crops(images, 64, labels=["vessels"], log=print)


def test_patches_depend_on_seed_epoch_and_number_alone(crops: SegmentCrops) -> None:
    patches = SegmentPatches(crops, labels=["vessels"], side=32, each=2, seed=3)
    assert len(patches) == 12
    one, again, later = patches[(0, 7)], patches[(0, 7)], patches[(1, 7)]
    assert torch.equal(one[0], again[0])
    assert not torch.equal(one[0], later[0])
    assert not torch.equal(patches[(0, 1)][0], one[0])  # the same photograph, another patch


@pytest.mark.parametrize("workers", [0, 1])
def test_an_epoch_shows_every_number_once(crops: SegmentCrops, workers: int) -> None:
    patches = SegmentPatches(crops, labels=["vessels"], side=32, each=2, seed=3)
    batches = list(patch_loader(patches, batch_size=4, workers=workers, seed=0))
    assert sorted(torch.cat([numbers for _, _, numbers in batches]).tolist()) == list(range(12))
    assert batches[0][0].shape == (4, 3, 32, 32)
    assert batches[0][1].shape == (4, 1, 32, 32)


def test_every_structure_is_drawn_for_equally_often(crops: SegmentCrops) -> None:
    """Four photographs with vessels, two with the disc: half of the patches are for each, most discs in sight."""
    masks = [
        dataclasses.replace(one, drawn={"disc": one.drawn["vessels"] * 0}) if place < 2 else one
        for place, one in enumerate(crops.masks)
    ]
    for one in masks[:2]:
        one.drawn["disc"][40:44, 20:24] = 255
    patches = SegmentPatches(
        dataclasses.replace(crops, masks=masks), labels=["vessels", "disc"], side=32, each=20, seed=0
    )
    targets = [patches[(0, number)][1] for number in range(60)]
    known = np.array([[bool((target[place] != 255).any()) for place in (0, 1)] for target in targets])
    assert known.sum(axis=0).tolist() == [30, 30]
    seen = [bool((target[1] == 1).any()) for target, own in zip(targets, known, strict=True) if own[1]]
    assert 0.5 < np.mean(seen) < 1


def test_for_a_structure_every_set_is_drawn_equally_often_and_whole_in_time(crops: SegmentCrops) -> None:
    """Five photographs of one set and one of another."""
    named = dataclasses.replace(crops, sets=["large"] * 5 + ["small"])
    patches = SegmentPatches(named, labels=["vessels"], side=32, each=1, seed=0)
    drawn = [[patches.choose(epoch, number)[1] for number in range(6)] for epoch in range(3)]
    assert [rows.count(5) for rows in drawn] == [3, 3, 3]
    assert {row for rows in drawn for row in rows} == set(range(6))
