"""Mixup (Zhang et al., ICLR 2018) for targets of which some are unknown."""

from collections.abc import Sequence

import torch

from fundusfm.training.fitting.distributed import from_first, gather_rows


def mixup(images: torch.Tensor, targets: torch.Tensor, *, alpha: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Blends every image and its targets with another one of the batch, all in one proportion from Beta(alpha, alpha).

    A blend with an unknown target is unknown. Random numbers are torch's own, which a fit seeds by epoch.

    Args:
        images: float (n, 3, h, w).
        targets: float (n, labels), NaN where unknown.
        alpha: Above 0; the larger, the more the proportions tend to one half.

    Returns:
        Images and targets of the same shapes.
    """
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    partners = torch.randperm(len(images), device=images.device)
    return share * images + (1 - share) * images[partners], share * targets + (1 - share) * targets[partners]


def global_partners(
    images: torch.Tensor, targets: torch.Tensor, *, alpha: float, sizes: Sequence[int], rank: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draws as `mixup` does, for the batch of all processes together: the first process draws for all.

    Args:
        images: The images of this process, (n, 3, h, w) of any type.
        targets: Their targets, (n, labels).
        alpha: As for `mixup`.
        sizes: Number of images of every process.
        rank: This process.

    Returns:
        The proportion, and for this process's images the partners and their targets, wherever they come from.
    """
    share = from_first(torch.distributions.Beta(alpha, alpha).sample().to(images.device))
    partners = from_first(torch.randperm(sum(sizes), device=images.device))
    own = partners[sum(sizes[:rank]) :][: len(images)]
    return share, gather_rows(images, sizes)[own], gather_rows(targets, sizes)[own]
