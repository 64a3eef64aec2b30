"""Shared batch norms keep a network's state; alone, and shared by two processes, they compute what batch norm does."""

from pathlib import Path

import pytest
import torch
from timm.layers import SyncBatchNormAct
from torch import distributed, multiprocessing, nn
from torch.nn.modules.batchnorm import _BatchNorm

from fundusfm.models.network import build_network
from fundusfm.training.fitting.batch_norm import SharedBatchNorm, share_batch_norm
from fundusfm.training.fitting.distributed import gather_rows

_SIZES = [3, 2]


def _join(rank: int, folder: Path, world: int) -> None:
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=world)


def _layer() -> nn.BatchNorm2d:
    layer = nn.BatchNorm2d(4).double()
    nn.init.uniform_(layer.weight)
    nn.init.uniform_(layer.bias)
    return layer


def _values(layer: nn.Module, inputs: torch.Tensor, factors: torch.Tensor) -> list[torch.Tensor]:
    """Returns outputs, input's gradient, parameters' gradients and running statistics of one training step."""
    inputs = inputs.clone().requires_grad_()
    outputs = layer(inputs)
    (outputs * factors).sum().backward()
    assert inputs.grad is not None
    gradients = [parameter.grad for parameter in layer.parameters() if parameter.grad is not None]
    return [outputs.detach(), inputs.grad, *gradients, *layer.buffers()]


def _compare(rank: int, folder: Path) -> None:
    """Runs in each of two processes: its rows of a batch against one batch norm over all rows."""
    _join(rank, folder, 2)
    torch.manual_seed(0)
    network = nn.Sequential(_layer())
    inputs, factors = torch.randn(2, sum(_SIZES), 4, 3, 5, dtype=torch.float64)
    inputs += 100
    own = slice(sum(_SIZES[:rank]), sum(_SIZES[: rank + 1]))
    shared = share_batch_norm(network, on_gpu=False)
    outputs, gradient, weight, bias, mean, variance, steps = _values(shared, inputs[own], factors[own])
    expected = _values(network, inputs, factors)
    # A network's gradients are added up over the processes by whoever trains it.
    for parameter in (weight, bias):
        distributed.all_reduce(parameter)
    found = [gather_rows(outputs, _SIZES), gather_rows(gradient, _SIZES), weight, bias, mean, variance, steps]
    for left, right in zip(found, expected, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-9, atol=1e-9)
    distributed.destroy_process_group()


def test_two_processes_normalise_as_one(tmp_path: Path) -> None:
    multiprocessing.spawn(_compare, args=(tmp_path,), nprocs=2)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("architecture", ["test_resnet", "test_efficientnet", "test_byobnet"])
def test_the_copy_has_the_same_state_and_scores(architecture: str) -> None:
    network = build_network(architecture, outputs=2, size=64).eval()
    shared = share_batch_norm(network, on_gpu=False)
    norms = [layer for layer in shared.modules() if isinstance(layer, _BatchNorm)]
    assert norms
    assert all(isinstance(layer, SharedBatchNorm) for layer in norms)
    assert not any(isinstance(layer, SharedBatchNorm) for layer in network.modules())
    assert list(shared.state_dict()) == list(network.state_dict())
    images = torch.randn(2, 3, 64, 64)
    assert torch.equal(shared(images), network(images))


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 5), (2, 4, 3, 5)])
def test_any_shape_with_and_without_weights(affine: bool, shape: tuple[int, ...], tmp_path: Path) -> None:
    _join(0, tmp_path, 1)
    try:
        layer = (nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d)(4, affine=affine).double()
        shared = share_batch_norm(nn.Sequential(layer), on_gpu=False)
        inputs, factors = torch.randn(2, *shape, dtype=torch.float64)
        for left, right in zip(_values(shared, inputs, factors), _values(layer, inputs, factors), strict=True):
            torch.testing.assert_close(left, right)
    finally:
        distributed.destroy_process_group()


def test_half_precision_is_normalised_in_single(tmp_path: Path) -> None:
    _join(0, tmp_path, 1)
    try:
        inputs, layer = torch.randn(4, 4, 8, 8) + 10, nn.BatchNorm2d(4)
        shared = share_batch_norm(nn.Sequential(layer), on_gpu=False)
        normed = shared(inputs.bfloat16())
        assert normed.dtype == torch.bfloat16
        torch.testing.assert_close(normed, layer(inputs.bfloat16().float()).bfloat16())
    finally:
        distributed.destroy_process_group()


def test_one_process_trains_as_with_batch_norm(tmp_path: Path) -> None:
    _join(0, tmp_path, 1)
    try:
        torch.manual_seed(0)
        network = build_network("test_efficientnet", outputs=2, size=64).train()
        shared = share_batch_norm(network, on_gpu=False)
        images, factors = torch.randn(4, 3, 64, 64), torch.randn(4, 2)
        for left, right in zip(_values(shared, images, factors), _values(network, images, factors), strict=True):
            torch.testing.assert_close(left, right, rtol=1e-3, atol=1e-4)
    finally:
        distributed.destroy_process_group()


def test_on_a_gpu_torch_synchronises() -> None:
    shared = share_batch_norm(build_network("test_efficientnet", outputs=2, size=64), on_gpu=True)
    assert any(isinstance(layer, SyncBatchNormAct) for layer in shared.modules())
