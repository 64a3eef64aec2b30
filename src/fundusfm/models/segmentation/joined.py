"""Several segmentation networks as one: each gives some of the masks, and sees the photograph at its own size."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import interpolate, pad

from fundusfm.models.card.parts import NetworkPart
from fundusfm.models.segmentation.tiles import STRIDE


class JoinedNetwork(nn.Module):
    """Networks of different sizes behind one input.

    Args:
        networks: One for each part: float (n, 3, h, w) normalised to logits (n, labels of the part, h, w).
        parts: What each finds and gives; the input has the size of the first.
        labels: The masks in the order of the outputs; each is given by one part.
    """

    def __init__(self, networks: Sequence[nn.Module], parts: Sequence[NetworkPart], labels: Sequence[str]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(networks)
        self._scales = [part.size / parts[0].size for part in parts]
        givers = {mask: place for place, part in enumerate(parts) for mask in part.gives}
        self._channels = [(givers[label], parts[givers[label]].labels.index(label)) for label in labels]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Returns logits.

        Args:
            images: float (n, 3, h, w), normalised; sides are multiples of 32.

        Returns:
            float (n, masks, h, w).
        """
        found = [_at_scale(network, images, scale) for network, scale in zip(self.parts, self._scales, strict=True)]
        return torch.stack([found[part][:, channel] for part, channel in self._channels], dim=1)


def _at_scale(network: nn.Module, images: torch.Tensor, scale: float) -> torch.Tensor:
    """Returns a network's logits of the images at another size, brought back to their own."""
    if scale == 1:
        own: torch.Tensor = network(images)
        return own
    # As numbers, because a graph is for images of one side.
    height, width = (round(int(side) * scale) for side in images.shape[2:])
    resized = interpolate(images, (height, width), mode="bilinear")
    logits = network(pad(resized, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate"))
    return interpolate(logits[..., :height, :width], images.shape[2:], mode="bilinear")
