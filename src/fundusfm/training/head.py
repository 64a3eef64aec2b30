"""Changes of a network's classifier that are known in closed form."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fundusfm.errors import ConfigError
from fundusfm.models.network import attach_head


def linear_head(network: nn.Module) -> nn.Linear:
    """Returns the linear layer that makes the logits of a timm model."""
    head = network.get_classifier()  # type: ignore[operator]
    layers = [module for module in head.modules() if isinstance(module, nn.Linear)]
    return layers[-1]


def shift_bias(network: nn.Module, shift: NDArray[np.floating]) -> None:
    """Adds a constant per label to the logits.

    A loss that weighs positives by w teaches logits that exceed the log odds by log w; a shift of -log w gives
    calibrated probabilities again and changes no ranking within a label.

    Args:
        network: A timm model, changed in place.
        shift: float (labels,).
    """
    with torch.no_grad():
        bias = linear_head(network).bias
        bias.add_(torch.as_tensor(shift, dtype=bias.dtype))


def set_head(network: nn.Module, weight: NDArray[np.floating], bias: NDArray[np.floating]) -> None:
    """Gives a timm model the classifier `features @ weight.T + bias`.

    Args:
        network: A timm model, changed in place.
        weight: float (labels, d) on pooled features.
        bias: float (labels,).

    Raises:
        ConfigError: The classifier is more than one linear layer on the pooled features.
    """
    attach_head(network, len(bias))
    head = network.get_classifier()  # type: ignore[operator]
    layers = [module for module in head.modules() if isinstance(module, nn.Linear)]
    if len(layers) != 1 or tuple(layers[0].weight.shape) != weight.shape:
        raise ConfigError(f"{type(network).__name__} has no single linear layer from {weight.shape[1]} pooled features "
                          f"to {weight.shape[0]} logits, so no linear probe fits into it: take another backbone.")
    with torch.no_grad():
        layers[0].weight.copy_(torch.as_tensor(weight))
        layers[0].bias.copy_(torch.as_tensor(bias))
