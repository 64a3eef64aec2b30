"""Crops of generated photographs and their masks."""

from pathlib import Path

import numpy as np
import pytest

from fundusfm.structures.photographs import read_structures
from fundusfm.structures.training.crops import SegmentCrops, read_crops


@pytest.fixture(scope="module")
def crops(manifest: Path) -> SegmentCrops:
    images = read_structures(str(manifest), select=None, need_masks=True, log=print)[:6]
    return read_crops(images, 64, labels=["vessels"], log=print)


def test_masks_lie_on_their_photographs(crops: SegmentCrops) -> None:
    assert crops.images.shape == (6, 64, 64, 3)
    vessels, fov = (
        np.stack([values >= 128 for values in named])
        for named in ([one.drawn["vessels"] for one in crops.masks], [one.fov for one in crops.masks])
    )
    assert 0.7 < fov.mean() < 0.85  # a circle that fills its square
    assert 0.01 < vessels.mean() < 0.3
    green = crops.images[..., 1].astype(float)
    assert green[vessels & fov].mean() < green[fov & ~vessels].mean()
    assert len(set(crops.hashes)) == 6


def test_taking_rows(crops: SegmentCrops) -> None:
    part = crops.take(np.arange(6) % 2 == 1)
    assert part.hashes == crops.hashes[1::2]
    assert np.array_equal(part.images, crops.images[1::2])
    assert part.masks == crops.masks[1::2]
    assert len({masks.hash() for masks in crops.masks}) == 6
