"""Shifting the bias shifts the logits, and nothing else."""

import numpy as np
import torch

from fundusfm.models.network import build_network
from fundusfm.training.head import linear_head, shift_bias


def test_shift_adds_to_the_logits() -> None:
    network = build_network("mobilenetv2_035", outputs=3, size=32).eval()
    images = torch.rand(2, 3, 32, 32)
    before = network(images)
    shift_bias(network, np.array([1.0, -2.0, 0.5]))
    assert torch.allclose(network(images) - before, torch.tensor([1.0, -2.0, 0.5]), atol=1e-5)


def test_linear_head_has_one_row_per_label() -> None:
    assert linear_head(build_network("vit_tiny_patch16_224", outputs=5, size=32)).out_features == 5
