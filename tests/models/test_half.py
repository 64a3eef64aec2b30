"""Weights in 16-bit floats: matrices are rounded, the rest stays."""

import pytest
import torch
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.half import FULL, HALF, halved, stored_weights


def test_only_matrices_are_rounded() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    with torch.no_grad():
        network[1].running_var.fill_(1e-9)  # type: ignore[union-attr, operator]
    stored = stored_weights(network, HALF)
    assert {name: str(tensor.dtype) for name, tensor in stored.items()} == {
        "0.weight": "torch.float16",
        "0.bias": "torch.float32",
        "1.weight": "torch.float32",
        "1.bias": "torch.float32",
        "1.running_mean": "torch.float32",
        "1.running_var": "torch.float32",
        "1.num_batches_tracked": "torch.int64",
    }
    assert torch.equal(stored["1.running_var"], network.state_dict()["1.running_var"])
    assert all(tensor.dtype != torch.float16 for tensor in stored_weights(network, FULL).values())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(WeightsError, match=r"weight far is too large .* leave out --half"):
        halved({"near": torch.full((2, 2), 6e4), "far": torch.full((2, 2), 7e4)})
