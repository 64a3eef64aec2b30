"""Shifting the bias shifts the logits, and a head that is set gives exactly its logits."""

import numpy as np
import pytest
import torch

from fundusfm.errors import ConfigError
from fundusfm.models.network import build_network, pooled_features
from fundusfm.training.linear.head import set_head, shift_bias


@pytest.mark.parametrize("architecture", ["mobilenetv2_035", "vit_tiny_patch16_224"])
def test_shift_adds_to_the_logits(architecture: str) -> None:
    network = build_network(architecture, outputs=3, size=32).eval()
    images = torch.rand(2, 3, 32, 32)
    before = network(images)
    shift_bias(network, np.array([1.0, -2.0, 0.5]))
    assert torch.allclose(network(images) - before, torch.tensor([1.0, -2.0, 0.5]), atol=1e-5)


@pytest.mark.parametrize("architecture", ["mobilenetv2_035", "vit_tiny_patch16_224"])
def test_set_head_gives_its_logits(architecture: str) -> None:
    network = build_network(architecture, outputs=0, size=32).eval()
    images = torch.rand(3, 3, 32, 32)
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(2, network.num_features)), rng.normal(size=2)
    with torch.inference_mode():
        features = pooled_features(network, images).numpy()
        set_head(network, weight, bias)
        np.testing.assert_allclose(network(images).numpy(), features @ weight.T + bias, atol=1e-3)


def test_two_heads_take_no_probe() -> None:
    network = build_network("levit_128s", outputs=0, size=224)
    with pytest.raises(ConfigError, match="no single linear layer"):
        set_head(network, np.zeros((1, 384)), np.zeros(1))
