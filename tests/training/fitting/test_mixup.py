"""Mixup of images and of partly unknown targets."""

import torch

from fundusfm.training.fitting.mixup import mixup


def test_images_and_targets_are_blended_in_one_proportion() -> None:
    torch.manual_seed(3)
    images = torch.arange(4.0).reshape(4, 1, 1, 1).expand(4, 3, 2, 2)
    mixed, targets = mixup(images, torch.arange(4.0).reshape(4, 1), alpha=0.4)
    assert torch.allclose(mixed[:, 0, 0, 0], targets[:, 0])
    assert not torch.equal(mixed, images)
    assert torch.isclose(targets.sum(), torch.tensor(6.0))  # every image is a partner once


def test_a_blend_with_an_unknown_target_is_unknown() -> None:
    torch.manual_seed(0)
    targets = torch.tensor([[0.0, 1.0], [float("nan"), 1.0]])
    for _ in range(10):
        _, mixed = mixup(torch.zeros(2, 3, 2, 2), targets, alpha=1.0)
        assert torch.equal(mixed[:, 1], torch.ones(2))
        assert bool(mixed[1, 0].isnan())


def test_the_same_seed_gives_the_same_blend() -> None:
    images, targets = torch.rand(8, 3, 4, 4), torch.rand(8, 2)
    torch.manual_seed(5)
    one = mixup(images, targets, alpha=0.4)
    torch.manual_seed(5)
    two = mixup(images, targets, alpha=0.4)
    assert torch.equal(one[0], two[0])
    assert torch.equal(one[1], two[1])
