"""Class activation maps by gradients, for networks whose head is not linear, and in finer layers. Needs `[train]`.

HiResCAM (Draelos and Carin, arXiv 2011.08891, eq. 4) multiplies each position by its own gradient, with its sign, which
stays meaningful in an earlier stage with a finer grid; it is read there. Neither method perturbs the image, so a map
costs one forward and one backward pass.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_grad_cam import GradCAM, HiResCAM
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.explain.layers import Staged, candidate_layers, finer_layer, to_grid
from fundusfm.models.card.schema import Card
from fundusfm.models.mirrors import mirror_axes
from fundusfm.models.network import to_input

_METHODS: dict[str, type[BaseCAM]] = {"gradcam": GradCAM, "hirescam": HiResCAM}

# Hooks and frozen parameters belong to the network, so two maps of it cannot be computed at once.
_LOCK = threading.Lock()


def gradient_map(
    network: nn.Module, card: Card, image: NDArray[np.uint8], output: int, method: str
) -> tuple[NDArray[np.float32], float]:
    """Computes where the evidence for an output lies.

    Args:
        network: A timm model; inference in other threads must not run on it meanwhile.
        card: Its card.
        image: uint8 (size, size, 3).
        output: Number of the logit.
        method: `gradcam` or `hirescam`.

    Returns:
        float32 (size, size) in 0..1, and the width of one cell of the grid as a share of the image.

    Raises:
        WeightsError: The network has no spatial layer that the score depends on.
    """
    device = next(network.parameters()).device
    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].to(device)
    images = to_input(pixels, card.mean, card.std)
    with _LOCK, _frozen(network):
        maps = []
        for axes in mirror_axes(card.views):
            heat, cell = _activation_map(network, images.detach().flip([axis + 2 for axis in axes]), output, method)
            maps.append(np.flip(heat, axes))
    return np.asarray(np.mean(maps, axis=0), np.float32), cell


def _activation_map(network: nn.Module, images: torch.Tensor, output: int, method: str) -> tuple[np.ndarray, float]:
    """Returns the map at the input's size and the width of one grid cell as a share of the image."""
    staged = Staged(network)
    problem = f"{type(network).__name__}: no spatial layer has a gradient for output {output}, so there is no map."
    finer = finer_layer(network) if method == "hirescam" else None
    for layer in [*([finer] if finer is not None else []), *candidate_layers(staged)]:
        reshape = partial(to_grid, network=network, tokens=layer is not finer)
        cam = _METHODS[method](staged, [layer], reshape_transform=reshape)
        try:
            heat = cam(images.requires_grad_(), [ClassifierOutputTarget(output)])[0]
            gradients = cam.activations_and_grads.gradients
            if gradients and bool(gradients[0].any()):
                return heat, 1 / gradients[0].shape[-1]
        except WeightsError as error:  # this layer has no grid; an earlier one may
            problem = str(error)
        finally:
            cam.activations_and_grads.release()
    raise WeightsError(problem)


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """Keeps gradients of the parameters from being computed and left behind."""
    learnt = [parameter for parameter in network.parameters() if parameter.requires_grad]
    training = network.training
    for parameter in learnt:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learnt:
            parameter.requires_grad_(True)
        network.train(training)
