"""Augmentation for training: flips, small affine changes, and colour as it differs between cameras.

Runs in the loader's processes, beside the training step. Each image's random numbers come from its own seed, so they do
not depend on how many processes there are, nor on where a run was interrupted.
"""

import torch
from torchvision.transforms import InterpolationMode, v2


class FundusAugment:
    """Random changes that keep a fundus photograph plausible.

    The strengths are those of common retinal pipelines (Huang et al., Diagnostics 13:1664, 2023), with vertical
    flips added: they map a left eye's arcades onto themselves and no label depends on up and down.
    """

    def __init__(self) -> None:
        self._transform = v2.Compose(
            [
                v2.RandomHorizontalFlip(0.5),
                v2.RandomVerticalFlip(0.5),
                v2.RandomAffine(
                    degrees=30, translate=(0.05, 0.05), scale=(0.9, 1.15), interpolation=InterpolationMode.BILINEAR
                ),
                # No hue: its way through HSV costs four times all the rest, and saturation covers most of what it adds.
                v2.RandomApply([v2.ColorJitter(brightness=0.2, contrast=0.2, saturation=0.2)], 0.8),
            ]
        )

    def __call__(self, image: torch.Tensor, *, seed: int) -> torch.Tensor:
        """Augments one image.

        Args:
            image: uint8 (3, h, w).
            seed: Decides everything; torch's global generator is left as it was.

        Returns:
            uint8 (3, h, w).
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            changed: torch.Tensor = self._transform(image)
        return changed
