"""Mixup (Zhang et al., ICLR 2018) for targets of which some are unknown."""

import torch


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
