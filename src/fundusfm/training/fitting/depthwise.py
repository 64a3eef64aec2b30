"""Strided depthwise convolutions with a backward pass that is fast in bf16 on CPUs.

The gradient by the input of a strided depthwise convolution in bf16 has no fast kernel in oneDNN: four such layers
take a large part of a MobileNet's training step. The same sums, as a convolution without strides of the output's
gradient with zeros in between (Dumoulin & Visin, arXiv 1603.07285, section 4.6), take a fraction of that.
"""

import copy
from typing import Any

import torch
from torch import nn
from torch.nn.functional import conv2d


def fast_depthwise(network: nn.Module) -> nn.Module:
    """Returns a copy of the network whose strided depthwise convolutions take the quick way back.

    Names and values of its state are the network's own, and so are its outputs.

    Args:
        network: Any network.
    """
    quick = copy.deepcopy(network)
    for name, layer in list(quick.named_modules(remove_duplicate=False)):
        if type(layer) is nn.Conv2d and _is_strided_depthwise(layer):
            quick.set_submodule(name, FastDepthwise(layer))
    return quick


def _is_strided_depthwise(layer: nn.Conv2d) -> bool:
    return (
        layer.groups == layer.in_channels == layer.out_channels > 1
        and layer.stride[0] == layer.stride[1] > 1
        and layer.dilation == (1, 1)
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
        and all(padding < size for padding, size in zip(layer.padding, layer.kernel_size, strict=True))
    )


class FastDepthwise(nn.Conv2d):
    """Takes the place of a strided depthwise convolution and keeps its tensors."""

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__(
            layer.in_channels,
            layer.out_channels,
            layer.kernel_size,  # type: ignore[arg-type]
            layer.stride,  # type: ignore[arg-type]
            layer.padding,  # type: ignore[arg-type]
            groups=layer.groups,
            bias=layer.bias is not None,
            device="meta",
        )
        self.weight, self.bias = layer.weight, layer.bias
        self.train(layer.training)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Convolves (n, channels, h, w)."""
        device = input.device.type
        kind = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else input.dtype
        if device != "cpu" or kind != torch.bfloat16:
            return super().forward(input)
        bias = None if self.bias is None else self.bias.to(kind)
        convolved: torch.Tensor = _StridedDepthwise.apply(
            input.to(kind), self.weight.to(kind), bias, self.stride, self.padding
        )
        return convolved


class _StridedDepthwise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        images: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        stride: tuple[int, int],
        padding: tuple[int, int],
    ) -> torch.Tensor:
        ctx.save_for_backward(images, weight)
        ctx.stride, ctx.padding, ctx.biased = stride, padding, bias is not None
        return conv2d(images, weight, bias, stride, padding, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        by_images = None
        if ctx.needs_input_grad[0]:
            by_images = _by_images(gradient, weight, images.shape, ctx.stride, ctx.padding)
        _, by_weight, by_bias = torch.ops.aten.convolution_backward(
            gradient,
            images,
            weight,
            [len(weight)] if ctx.biased else None,
            ctx.stride,
            ctx.padding,
            [1, 1],
            False,
            [0, 0],
            len(weight),
            [False, True, ctx.biased],
        )
        return by_images, by_weight, by_bias, None, None


def _by_images(
    gradient: torch.Tensor,
    weight: torch.Tensor,
    shape: torch.Size,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> torch.Tensor:
    """Returns the gradient by the images (n, channels, h, w)."""
    kernel = weight.shape[2:]
    size = [across + 2 * around - (reach - 1) for across, around, reach in zip(shape[2:], padding, kernel, strict=True)]
    spread = torch.empty(*shape[:2], *size, dtype=gradient.dtype, memory_format=torch.channels_last).zero_()
    spread[:, :, :: stride[0], :: stride[1]] = gradient
    outside = [reach - 1 - around for reach, around in zip(kernel, padding, strict=True)]
    return conv2d(spread, weight.flip(2, 3), None, 1, outside, groups=len(weight))
