"""Fused networks have the outputs of the ones they come from, at any batch size, and what cannot be fused stays."""

import pytest
import torch
from torch import nn

from fundusfm.models.fuse import quicken
from fundusfm.models.network import PooledFeatures, build_network


@pytest.mark.parametrize("architecture", ["mobilenetv2_035", "test_resnet", "test_vit"])
def test_outputs_are_the_same_for_batches_of_any_size(architecture: str) -> None:
    torch.manual_seed(0)
    size = 160 if architecture == "test_vit" else 64
    network = PooledFeatures(build_network(architecture, outputs=1, size=size)).eval()
    images = torch.randn(7, 3, size, size)
    fused = quicken(network, images[:4])
    assert fused is not network
    with torch.inference_mode():
        for batch in (images, images[:1], images[2:5]):
            torch.testing.assert_close(fused(batch), network(batch), rtol=1e-4, atol=1e-4)


class _Sized(nn.Module):
    """Tracing takes the batch's size for a constant here."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.mean(dim=(1, 2, 3))[:, None] * len(images)


class _Untraceable(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("no graph")


@pytest.mark.parametrize("network", [_Untraceable(), _Sized()])
def test_what_cannot_be_fused_stays(network: nn.Module) -> None:
    assert quicken(network.eval(), torch.ones(4, 3, 8, 8)) is network
