"""Batch normalisation over the batch of all processes, on CPUs too.

PyTorch's own `SyncBatchNorm` runs on GPUs only, and there it is what networks get.
"""

import copy

import torch
from timm.layers import convert_sync_batchnorm
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from fundusfm.training.across import summed


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
        others = [axis for axis in range(inputs.dim()) if axis != 1]
        own_variance, own_mean = torch.var_mean(values, others, correction=0)
        own_count = values.new_tensor([values.numel() // values.shape[1]])
        sums = summed(torch.cat([own_mean * own_count, own_count]))
        mean, count = sums[:-1] / sums[-1], sums[-1].detach()
        # Two sums instead of one of squares: a mean far from zero would leave nothing of the variance.
        variance = summed((own_variance + (own_mean - mean).square()) * own_count) / count
        self._track(mean.detach(), variance.detach() * count / (count - 1))
        scale = (variance + self.eps).rsqrt()
        if self.weight is not None:
            scale = scale * self.weight
        shape = [1, -1] + [1] * (inputs.dim() - 2)
        normed = (values - mean.view(shape)) * scale.view(shape)
        if self.bias is not None:
            normed = normed + self.bias.view(shape)
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
