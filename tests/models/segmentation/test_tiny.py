"""The tiny cascade: its size, its outputs, and that the second pass sees the first."""

import pytest
import torch

from fundusfm.models.segmentation.tiny import TinyVesselNet


@pytest.fixture
def network() -> TinyVesselNet:
    torch.manual_seed(0)
    return TinyVesselNet()


def test_is_tiny(network: TinyVesselNet) -> None:
    assert 50_000 < sum(parameter.numel() for parameter in network.parameters()) < 70_000


def test_one_map_for_use_and_both_passes_for_training(network: TinyVesselNet) -> None:
    images = torch.randn(2, 3, 32, 48)
    assert network.eval()(images).shape == (2, 1, 32, 48)
    assert network.train()(images).shape == (2, 2, 32, 48)


def test_the_second_pass_sees_the_first(network: TinyVesselNet) -> None:
    images = torch.randn(1, 3, 32, 32)
    network.eval()
    before = network(images)
    with torch.no_grad():
        network.first.head.bias += 3
    assert not torch.allclose(before, network(images))


def test_starts_at_the_usual_share_of_vessels(network: TinyVesselNet) -> None:
    share = network.eval()(torch.zeros(1, 3, 32, 32)).sigmoid().mean()
    assert 0.03 < share < 0.3
