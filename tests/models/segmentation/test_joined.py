"""Networks of several sizes as one: each mask is its own network's."""

import torch
from torch import nn

from fundusfm.models.card.parts import NetworkPart
from fundusfm.models.segmentation.joined import JoinedNetwork


class _Channels(nn.Module):
    """Gives its input's channels, and keeps the size that it saw."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen = tuple(images.shape[2:])
        return images


def part(size: int, labels: list[str], gives: list[str]) -> NetworkPart:
    return NetworkPart(decoder="tiny", architecture="tiny", size=size, labels=labels, gives=gives, hash="0")


def test_each_mask_is_of_the_network_that_gives_it() -> None:
    names = ["red", "green", "blue"]
    networks = [_Channels(), _Channels()]
    parts = [part(80, names, ["blue", "red"]), part(60, ["green", "blue", "red"], ["green"])]
    joined = JoinedNetwork(networks, parts, ["red", "green", "blue"])
    smooth = torch.linspace(0, 1, 96).expand(1, 3, 96, 96) * torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
    found = joined(smooth)
    assert found.shape == (1, 3, 96, 96)
    assert torch.equal(found[:, 0], smooth[:, 0]) and torch.equal(found[:, 2], smooth[:, 2])
    # The second calls its first channel green, and shows what it saw at its own size, back at the first's.
    torch.testing.assert_close(found[:, 1, :, 4:-4], smooth[:, 0, :, 4:-4], atol=1e-3, rtol=0)
    assert networks[0].seen == (96, 96)
    assert networks[1].seen == (96, 96)  # 72 pixels, filled up to a multiple of 32


def test_networks_of_one_size_see_the_same() -> None:
    torch.manual_seed(0)
    second = nn.Conv2d(3, 2, 3, padding=1)
    joined = JoinedNetwork(
        [_Channels(), second], [part(64, ["a", "b", "c"], ["a"]), part(64, ["x", "y"], ["y"])], ["a", "y"]
    )
    images = torch.rand(2, 3, 64, 64)
    assert torch.equal(joined(images)[:, 1], second(images)[:, 1])
