"""Changes of a network's classifier that are known in closed form."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fundusfm.errors import ConfigError
from fundusfm.models.network import attach_head, classifier_layers


def shift_bias(network: nn.Module, shift: NDArray[np.floating]) -> None:
    """Adds a constant per label to the logits.

    A loss that weighs positives by w teaches logits that exceed the log odds by log w; a shift of -log w gives
    calibrated probabilities again and changes no ranking within a label.

    Args:
        network: A timm model, changed in place.
        shift: float (labels,).

    Raises:
        ConfigError: The classifier has no bias.
    """
    biases = [layer.bias for layer in classifier_layers(network) if layer.bias is not None]
    outputs = [bias for bias in biases if len(bias) == len(shift)]
    if not outputs:
        raise ConfigError(
            f"The classifier of {type(network).__name__} has no bias that could undo the weighting of "
            "positives: fit it with --no-pos-weight."
        )
    with torch.no_grad():
        for bias in outputs:
            bias.add_(torch.as_tensor(shift, dtype=bias.dtype))


def set_head(network: nn.Module, weight: NDArray[np.floating], bias: NDArray[np.floating]) -> None:
    """Gives a timm model the classifier `features @ weight.T + bias`.

    Args:
        network: A timm model, changed in place.
        weight: float (labels, d) on pooled features.
        bias: float (labels,).

    Raises:
        ConfigError: The classifier is not one linear layer on the pooled features.
    """
    attach_head(network, len(bias))
    layers = classifier_layers(network)
    if len(layers) != 1 or tuple(layers[0].weight.shape) != weight.shape or layers[0].bias is None:
        raise ConfigError(
            f"{type(network).__name__} has no single linear layer from {weight.shape[1]} pooled features "
            f"to {weight.shape[0]} logits, so no linear probe fits into it: take another backbone."
        )
    with torch.no_grad():
        layers[0].weight.copy_(torch.as_tensor(weight))
        layers[0].bias.copy_(torch.as_tensor(bias))
