"""Changes of a network's classifier that are known in closed form."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


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
