"""Where in a network to read a class activation map: the last place whose positions still move the score.

A convolutional network and most hierarchical transformers pool their final features, so those are the place. A
transformer that reads its class token ignores the other tokens of its last block, so the place is before that
block's attention, where the class token still looks at the patches (Chefer et al., CVPR 2021, discuss why later
layers carry no gradient).
"""

import math
from collections.abc import Iterator

import torch
from torch import nn

from fundusfm.errors import WeightsError


class Staged(nn.Module):
    """A timm network in two stages, so that its final features are a module's output and can be hooked.

    Attributes:
        features: Module from images to the final features, before pooling.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.features = _Features(network)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Maps float (n, 3, size, size) to logits (n, labels)."""
        logits: torch.Tensor = self.network.forward_head(self.features(images))  # type: ignore[operator]
        return logits


class _Features(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.network.forward_features(images)  # type: ignore[operator]
        return features


def to_grid(activation: torch.Tensor, network: nn.Module, *, tokens: bool = True) -> torch.Tensor:
    """Arranges a layer's output as maps.

    Args:
        activation: Output, or gradient of an output: maps (n, c, h, w), maps with channels last (n, h, w, c), or
            tokens (n, prefix + h * w, c) of a square image.
        network: The timm network, which knows its prefix tokens (class, distillation, registers) and layout.
        tokens: Whether tokens are accepted; some hierarchical networks keep theirs in another order than the image's
            until the last stage.

    Returns:
        float (n, c, h, w).

    Raises:
        WeightsError: The output holds no square grid of positions.
    """
    if not isinstance(activation, torch.Tensor):
        raise WeightsError(f"{type(network).__name__} has no single grid of positions: a layer gives several outputs.")
    if activation.ndim == 4:
        return activation.permute(0, 3, 1, 2) if getattr(network, "output_fmt", "NCHW") == "NHWC" else activation
    if activation.ndim == 3 and tokens:
        # Some layers run before the class token joins, and some networks do not count theirs.
        for prefix in (getattr(network, "num_prefix_tokens", 0), 0, 1):
            side = math.isqrt(max(activation.shape[1] - prefix, 0))
            if side > 1 and side * side == activation.shape[1] - prefix:
                return activation[:, prefix:].transpose(1, 2).reshape(len(activation), -1, side, side)
    raise WeightsError(f"{type(network).__name__} has no grid of positions: a layer gives {tuple(activation.shape)}.")


def candidate_layers(staged: Staged) -> Iterator[nn.Module]:
    """Yields the layers to read, latest first; the first one whose positions move the score is the right one."""
    yield staged.features
    for stage in reversed(list(getattr(staged.network, "feature_info", None) or [])):
        block = staged.network.get_submodule(stage["module"])
        if isinstance(block, nn.ModuleList):  # a list is never called, so it has no output
            continue
        yield block
        if isinstance(norm := getattr(block, "norm1", None), nn.Module):
            yield norm


def finer_layer(network: nn.Module) -> nn.Module | None:
    """Returns the last stage whose grid is twice as fine as the final one; None where there is none."""
    info = list(getattr(network, "feature_info", None) or [])
    for stage in reversed(info):
        layer = network.get_submodule(stage["module"])
        if stage["reduction"] * 2 == info[-1]["reduction"] and not isinstance(layer, nn.ModuleList):
            return layer
    return None
