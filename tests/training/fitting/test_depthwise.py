"""Quick strided depthwise convolutions have the outputs and gradients of plain ones, and keep the network's state."""

import pytest
import torch
from torch import nn

from fundusfm.models.network import build_network
from fundusfm.training.fitting.depthwise import FastDepthwise, fast_depthwise


def _passes(layer: nn.Module, inputs: torch.Tensor, factors: torch.Tensor | None = None) -> list[torch.Tensor]:
    """Returns outputs, input's gradient and parameters' gradients, in bf16 by autocast."""
    inputs = inputs.clone().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = layer(inputs)
    (outputs.float() * (1 if factors is None else factors)).sum().backward()
    assert inputs.grad is not None
    return [outputs.detach(), inputs.grad, *[value.grad for value in layer.parameters() if value.grad is not None]]


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "size"),
    [
        (3, 2, 1, (8, 8)),
        (3, 2, 1, (9, 7)),
        (5, 2, 2, (12, 9)),
        (3, 3, 0, (11, 10)),
        (7, 2, 3, (16, 16)),
        (2, 2, 0, (6, 5)),
    ],
)
def test_gradients_are_those_of_the_plain_layer(
    kernel: int, stride: int, padding: int, size: tuple[int, int], bias: bool
) -> None:
    torch.manual_seed(0)
    plain = nn.Conv2d(6, 6, kernel, stride, padding, groups=6, bias=bias).to(memory_format=torch.channels_last)
    network = nn.Sequential(plain)
    quick = fast_depthwise(network)
    assert isinstance(quick[0], FastDepthwise)
    inputs = torch.randn(3, 6, *size).to(memory_format=torch.channels_last)
    factors = torch.randn_like(plain(inputs))
    found, expected = _passes(quick, inputs, factors), _passes(network, inputs, factors)
    assert torch.equal(found[0], expected[0])
    for left, right in zip(found[1:], expected[1:], strict=True):
        torch.testing.assert_close(left, right, rtol=0.02, atol=0.02)


def test_a_network_keeps_its_state_and_outputs() -> None:
    network = build_network("mobilenetv2_035", outputs=2, size=64).eval()
    quick = fast_depthwise(network)
    assert sum(isinstance(layer, FastDepthwise) for layer in quick.modules()) == 4
    assert not any(isinstance(layer, FastDepthwise) for layer in network.modules())
    assert list(quick.state_dict()) == list(network.state_dict())
    images = torch.randn(2, 3, 64, 64)
    found, expected = _passes(quick, images), _passes(network, images)
    assert torch.equal(found[0], expected[0])
    assert torch.equal(quick(images), network(images))


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(6, 6, 3, 1, 1, groups=6),
        nn.Conv2d(6, 6, 3, 2, 1),
        nn.Conv2d(6, 6, 3, 2, 1, groups=6, dilation=2),
        nn.Conv2d(6, 6, 1, 2, 1, groups=6),
        nn.Conv2d(6, 6, 3, 2, 1, groups=6, padding_mode="reflect"),
    ],
)
def test_other_convolutions_stay_as_they_are(layer: nn.Conv2d) -> None:
    assert type(fast_depthwise(nn.Sequential(layer))[0]) is nn.Conv2d
