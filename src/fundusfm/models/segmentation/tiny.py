"""A small network for vessels: a cascade of two U-Nets, as a baseline without pretraining.

After the description in Galdran et al., State-of-the-art retinal vessel segmentation with minimalistic models,
Scientific Reports 12:6174, 2022: two U-Nets of three levels with 8, 16 and 32 channels, the second of which sees the
photograph and what the first found, fewer than 70 thousand weights in all, and a loss on both passes.
"""

import math

import torch
from torch import nn

TINY = "tiny"
"""Name of this network among the decoders."""

_WIDTHS = (8, 16, 32)
_VESSEL_SHARE = 0.1


def start_from_vessel_share(layer: nn.Conv2d) -> None:
    """Sets the bias of a last layer so that training starts from the usual share of vessels in a retina."""
    if layer.bias is not None:
        nn.init.constant_(layer.bias, math.log(_VESSEL_SHARE / (1 - _VESSEL_SHARE)))


class TinyVesselNet(nn.Module):
    """Two small U-Nets in a row.

    Args:
        masks: Number of masks that it finds.
    """

    def __init__(self, masks: int = 1) -> None:
        super().__init__()
        self.first = _SmallUNet(3, masks)
        self.second = _SmallUNet(3 + masks, masks)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Returns logits.

        Args:
            images: float (n, 3, h, w), normalised; h and w are multiples of 4.

        Returns:
            float (n, masks, h, w), the second pass; in training mode (n, 2 masks, h, w), both passes, because the loss
            is on both.
        """
        draft = self.first(images)
        final = self.second(torch.cat([images, draft.sigmoid()], dim=1))
        return torch.cat([draft, final], dim=1) if self.training else final


class _SmallUNet(nn.Module):
    """Three levels; each is a block of two convolutions, and skips pass through a convolution of their own."""

    def __init__(self, channels: int, masks: int) -> None:
        super().__init__()
        fine, middle, coarse = _WIDTHS
        self.down = nn.ModuleList([_Block(channels, fine), _Block(fine, middle), _Block(middle, coarse)])
        self.skips = nn.ModuleList([nn.Conv2d(middle, middle, 1), nn.Conv2d(fine, fine, 1)])
        self.widen = nn.ModuleList([nn.ConvTranspose2d(coarse, middle, 2, 2), nn.ConvTranspose2d(middle, fine, 2, 2)])
        self.up = nn.ModuleList([_Block(2 * middle, middle), _Block(2 * fine, fine)])
        self.head = nn.Conv2d(fine, masks, 1)
        start_from_vessel_share(self.head)
        self.pool = nn.MaxPool2d(2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """float (n, channels, h, w) to logits (n, masks, h, w)."""
        fine = self.down[0](images)
        middle = self.down[1](self.pool(fine))
        features = self.down[2](self.pool(middle))
        for skip, widen, up, kept in zip(self.skips, self.widen, self.up, (middle, fine), strict=True):
            features = up(torch.cat([skip(kept), widen(features)], dim=1))
        logits: torch.Tensor = self.head(features)
        return logits


class _Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width))
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """float (n, channels, h, w) to (n, width, h, w)."""
        mixed: torch.Tensor = self.activation(self.body(features) + self.shortcut(features))
        return mixed
