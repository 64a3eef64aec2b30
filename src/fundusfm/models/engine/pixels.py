"""Networks from pixels to what is asked of them: normalisation is part of the network, so nothing is done twice."""

from typing import ClassVar

import torch
from torch import nn

from fundusfm.models.card.schema import Card
from fundusfm.models.engine.engine import FEATURES, LOGITS, MAP, STRUCTURES, VESSELS
from fundusfm.models.mirrors import mirror_axes

Outputs = tuple[torch.Tensor, ...]


class FromPixels(nn.Module):
    """A network behind its normalisation.

    Attributes:
        outputs: Names of what it returns.

    Args:
        network: float (n, 3, side, side), normalised, to whatever it gives.
        card: Says how it normalises, and whether it sees mirror images too.
    """

    outputs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, network: nn.Module, card: Card) -> None:
        super().__init__()
        self.network = network
        self.mirrors = [[axis + 2 for axis in axes] for axes in mirror_axes(card.views)]
        self.register_buffer("offset", torch.tensor(card.mean).view(1, 3, 1, 1) * 255, persistent=False)
        self.register_buffer("scale", torch.tensor(card.std).view(1, 3, 1, 1) * 255, persistent=False)

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """Returns float32 (n, 3, h, w) of pixels (n, 3, h, w), 0..255."""
        scaled: torch.Tensor = (images.float() - self.offset) / self.scale  # type: ignore[operator]
        return scaled

    def views(self, images: torch.Tensor) -> torch.Tensor:
        """Returns all that the network sees of pixels (n, 3, h, w): normalised images, then their mirror images."""
        seen = self.normalised(images)
        return torch.cat([_flipped(seen, axes) for axes in self.mirrors]) if len(self.mirrors) > 1 else seen

    def joined(self, values: torch.Tensor) -> torch.Tensor:
        """Returns the mean over the views of each image, (n, …) of (views, …); maps are (n, channels, h, w)."""
        count = len(self.mirrors)
        if count == 1:
            return values
        # As plain integers, all sides but the batch are constants of the graph.
        parts = values.reshape(count, -1, *(int(side) for side in values.shape[1:]))
        if values.ndim < 4:
            return parts.mean(0)
        return torch.stack([_flipped(part, axes) for part, axes in zip(parts, self.mirrors, strict=True)]).mean(0)


class BackboneOutputs(FromPixels):
    """A timm model without a head."""

    outputs: ClassVar[tuple[str, ...]] = (FEATURES, MAP)

    def forward(self, images: torch.Tensor) -> Outputs:
        """Takes uint8 (n, side, side, 3)."""
        last = self.last_map(images)
        features = self.network.forward_head(last, pre_logits=True)  # type: ignore[operator]
        return self.joined(features), self.joined(self.arranged(last))

    def last_map(self, images: torch.Tensor) -> torch.Tensor:
        """Returns the network's final features of all views, before they are pooled."""
        last: torch.Tensor = self.network.forward_features(self.views(images.permute(0, 3, 1, 2)))  # type: ignore[operator]
        return last

    def arranged(self, last: torch.Tensor) -> torch.Tensor:
        """Returns maps with their channels first, also of networks that have them last."""
        channels_last = last.ndim == 4 and getattr(self.network, "output_fmt", "NCHW") == "NHWC"
        return last.permute(0, 3, 1, 2) if channels_last else last


class ClassifierOutputs(BackboneOutputs):
    """A timm model with a head."""

    outputs: ClassVar[tuple[str, ...]] = (LOGITS, FEATURES, MAP)

    def forward(self, images: torch.Tensor) -> Outputs:
        """Takes uint8 (n, side, side, 3)."""
        last = self.last_map(images)
        features = self.network.forward_head(last, pre_logits=True)  # type: ignore[operator]
        logits = self.network.forward_head(last)  # type: ignore[operator]
        return self.joined(logits), self.joined(features), self.joined(self.arranged(last))


class VesselOutputs(FromPixels):
    """A segmentation network of vessels alone."""

    outputs: ClassVar[tuple[str, ...]] = (VESSELS,)

    def forward(self, images: torch.Tensor) -> Outputs:
        """Takes uint8 (n, h, w, 3), sides multiples of 32."""
        return (self.network(self.normalised(images.permute(0, 3, 1, 2))).sigmoid()[:, 0],)


class StructureOutputs(FromPixels):
    """A segmentation network of several masks."""

    outputs: ClassVar[tuple[str, ...]] = (STRUCTURES,)

    def forward(self, images: torch.Tensor) -> Outputs:
        """Takes uint8 (n, h, w, 3), sides multiples of 32."""
        return (self.network(self.normalised(images.permute(0, 3, 1, 2))).sigmoid(),)


def _flipped(maps: torch.Tensor, axes: list[int]) -> torch.Tensor:
    return maps.flip(axes) if axes else maps


def segmenter_outputs(network: nn.Module, card: Card) -> FromPixels:
    """Returns a segmenter's network from pixels, in evaluation mode."""
    return (StructureOutputs if card.task == "structures" else VesselOutputs)(network, card).eval()


def outputs_of(network: nn.Module, card: Card) -> FromPixels:
    """Returns a card's network from pixels, in evaluation mode."""
    if card.decoder is not None or card.task in ("vessels", "structures"):
        return segmenter_outputs(network, card)
    kind: type[FromPixels] = ClassifierOutputs if card.labels else BackboneOutputs
    return kind(network, card).eval()
