"""Augmentation changes images, each in its own way, and only by torch's seed."""

import torch

from fundusfm.data.augment import FundusAugment


def test_depends_on_the_seed_alone() -> None:
    images = torch.randint(0, 256, (4, 3, 48, 48), dtype=torch.uint8)
    augment = FundusAugment()
    torch.manual_seed(3)
    first = augment(images)
    torch.manual_seed(3)
    again = augment(images)
    other = augment(images)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.dtype == torch.uint8
    assert first.shape == images.shape


def test_each_image_has_its_own_parameters() -> None:
    image = torch.randint(0, 256, (1, 3, 48, 48), dtype=torch.uint8)
    torch.manual_seed(0)
    augmented = FundusAugment()(image.repeat(8, 1, 1, 1))
    assert len({tuple(one.flatten().tolist()) for one in augmented}) > 4
