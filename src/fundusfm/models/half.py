"""Weights that are stored in 16-bit floats, in half the space; networks compute in 32 bits as before.

Only tensors of two and more dimensions are rounded, those of convolutions and linear layers. Biases, normalisation and
running statistics are small, and a tiny variance would be lost.
"""

from collections.abc import Mapping

import torch
from torch import nn

from fundusfm.errors import WeightsError

HALF, FULL = 16, 32
"""Bits of a stored weight."""


def stored_weights(network: nn.Module, bits: int) -> dict[str, torch.Tensor]:
    """Returns a network's weights as a file keeps them.

    Args:
        network: Any network.
        bits: `HALF` or `FULL`.

    Raises:
        WeightsError: A weight is too large for 16 bits.
    """
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    return halved(weights) if bits == HALF else weights


def halved(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Returns weights with every 32-bit tensor of two and more dimensions rounded to 16-bit floats; errors as above."""
    rounded = {name: tensor.half() if _large(tensor) else tensor for name, tensor in weights.items()}
    for name, tensor in rounded.items():
        if _large(weights[name]) and bool(tensor.isinf().any()):
            raise WeightsError(f"The weight {name} is too large for 16-bit floats (65,504 at most): leave out --half.")
    return rounded


def _large(tensor: torch.Tensor) -> bool:
    return tensor.ndim > 1 and tensor.dtype == torch.float32
