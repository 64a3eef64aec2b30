"""Augmentation changes an image by its seed alone."""

import torch

from fundusfm.data.augment import FundusAugment


def test_depends_on_the_seed_alone() -> None:
    image = torch.randint(0, 256, (3, 48, 48), dtype=torch.uint8)
    augment = FundusAugment()
    state = torch.random.get_rng_state()
    first = augment(image, seed=3)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(5)
    assert torch.equal(augment(image, seed=3), first)
    assert not torch.equal(augment(image, seed=4), first)
    assert first.dtype == torch.uint8
    assert first.shape == image.shape
