"""Batch normalisation over the batch of all processes, on CPUs too, or by statistics that stay as they are.

PyTorch's own `SyncBatchNorm` runs on GPUs only, and there it is what networks get.
"""

import copy
from typing import Any

import torch
from timm.layers import convert_sync_batchnorm
from torch import distributed, nn
from torch.nn.functional import batch_norm
from torch.nn.modules.batchnorm import _BatchNorm

from fundusfm.training.fitting.distributed import gather_rows


def share_batch_norm(network: nn.Module, *, on_gpu: bool) -> nn.Module:
    """Returns a copy of the network whose batch norms take the statistics of all processes' images together.

    Names and values of its state are the network's own.

    Args:
        network: Any network.
        on_gpu: Whether it will be trained on GPUs.
    """
    shared = copy.deepcopy(network)
    if on_gpu:
        converted: nn.Module = convert_sync_batchnorm(shared)  # type: ignore[no-untyped-call]
        return converted
    for name, layer in list(shared.named_modules(remove_duplicate=False)):
        if isinstance(layer, _BatchNorm):
            shared.set_submodule(name, SharedBatchNorm(layer))
    return shared


def freeze_batch_norm(network: nn.Module) -> None:
    """Sets batch norms to their running statistics, in training too; their scales and shifts go on learning.

    Args:
        network: Any network, changed in place; a later `train()` on the whole of it undoes this.
    """
    for layer in network.modules():
        if isinstance(layer, _BatchNorm):
            layer.eval()


class SharedBatchNorm(_BatchNorm):
    """Takes the place of a batch norm of torch or timm (which adds dropout and activation) and keeps its tensors."""

    def __init__(self, layer: _BatchNorm) -> None:
        super().__init__(layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats)
        self.weight, self.bias = layer.weight, layer.bias
        self.running_mean, self.running_var = layer.running_mean, layer.running_var
        self.num_batches_tracked = layer.num_batches_tracked
        self.drop = getattr(layer, "drop", nn.Identity())
        self.act = getattr(layer, "act", nn.Identity())
        self.train(layer.training)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Normalises (n, channels, …) by all processes' images in training, by the running statistics otherwise."""
        normed = self._by_batch(inputs) if self.training else super().forward(inputs)
        activated: torch.Tensor = self.act(self.drop(normed))
        return activated

    def _by_batch(self, inputs: torch.Tensor) -> torch.Tensor:
        values = inputs.float() if inputs.dtype in (torch.bfloat16, torch.float16) else inputs
        mean, variance, count = _statistics(values.detach())
        self._track(mean, variance * count / (count - 1))
        normed: torch.Tensor = _Normalise.apply(values, self.weight, self.bias, mean, variance, count, self.eps)
        return normed.to(inputs.dtype)

    @torch.no_grad()
    def _track(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        momentum = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance, momentum)

    def _check_input_dim(self, input: torch.Tensor) -> None:
        """Any number of dimensions will do."""


def _statistics(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns mean, variance and number of values per channel, over all processes.

    Means and variances are joined, not sums of squares, where a mean far from zero would leave nothing of the variance.
    """
    mean, variance = torch.batch_norm_update_stats(values, None, None, 0.0)
    count = values.new_tensor([values.numel() // values.shape[1]])
    everyone = gather_rows(torch.cat([mean, variance, count])[None], [1] * distributed.get_world_size())
    means, variances, counts = everyone[:, : len(mean)], everyone[:, len(mean) : -1], everyone[:, -1:]
    total = counts.sum(0)
    shared = (means * counts).sum(0) / total
    return shared, ((variances + (means - shared).square()) * counts).sum(0) / total, total


class _Normalise(torch.autograd.Function):
    """torch's own normalisation by given statistics, and the gradient that knows they came from the values."""

    @staticmethod
    def forward(
        ctx: Any,
        values: torch.Tensor,
        weight: torch.Tensor | None,
        bias: torch.Tensor | None,
        mean: torch.Tensor,
        variance: torch.Tensor,
        count: torch.Tensor,
        eps: float,
    ) -> torch.Tensor:
        ctx.save_for_backward(values, weight, mean, variance, count)
        ctx.eps = eps
        return batch_norm(values, mean, variance, weight, bias, training=False, eps=eps)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        values, weight, mean, variance, count = ctx.saved_tensors
        inputs, by_weight, by_bias = torch.ops.aten.native_batch_norm_backward(
            gradient, values, weight, mean, variance, None, None, False, ctx.eps, [True, True, True]
        )
        sums = torch.cat([by_weight, by_bias])
        distributed.all_reduce(sums)
        # By way of the mean each value moves all others alike; by way of the variance, in proportion to their distance.
        sum_by_weight, sum_by_bias = sums.chunk(2)
        deviation = (variance + ctx.eps).rsqrt()
        scale = deviation / count if weight is None else weight * deviation / count
        shape = [1, -1] + [1] * (values.dim() - 2)
        inputs.addcmul_(values - mean.view(shape), (-scale * deviation * sum_by_weight).view(shape))
        inputs.sub_((scale * sum_by_bias).view(shape))
        if weight is None:
            by_weight = by_bias = None
        return inputs, by_weight, by_bias, None, None, None, None
