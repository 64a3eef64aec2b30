"""Class activation maps: which places of a crop raise the score of a label.

Grad-CAM (Selvaraju et al., ICCV 2017) weighs each channel of the final features by its mean gradient. HiResCAM
(Draelos and Carin, arXiv 2011.08891, eq. 4) multiplies each position by its own gradient, with its sign, which stays
meaningful in an earlier stage with a finer grid; it is read there. Neither perturbs the image, so a map costs one
forward and one backward pass.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Literal, get_args

import cv2
import numpy as np
import torch
from pytorch_grad_cam import GradCAM, HiResCAM
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from fundusfm.errors import ConfigError, LabelError, WeightsError
from fundusfm.explain.layers import Staged, candidate_layers, finer_layer, to_grid
from fundusfm.models.bundle import Bundle
from fundusfm.models.inference import to_input

Method = Literal["gradcam", "hirescam"]

_METHODS: dict[str, type[BaseCAM]] = {"gradcam": GradCAM, "hirescam": HiResCAM}

# Hooks and frozen parameters belong to the network, so two maps of it cannot be computed at once.
_LOCK = threading.Lock()


def heat_map(bundle: Bundle, crop_image: np.ndarray, label: str, method: Method = "gradcam") -> np.ndarray:
    """Computes where a label's evidence lies in a crop.

    Args:
        bundle: Network and card; inference in other threads must not run on it meanwhile.
        crop_image: uint8 (s, s, 3) RGB, an FOV crop; resized when `s` is not the network's size.
        label: One of the card's labels.
        method: `gradcam` or `hirescam`.

    Returns:
        float32 (s, s) in 0..1, smooth, scaled to its own maximum; all zeros where nothing raises the score.

    Raises:
        LabelError: The card has no such label.
        ConfigError: The method is unknown.
        WeightsError: The network has no spatial layer that the score depends on.
    """
    card = bundle.card
    if label not in card.labels:
        raise LabelError(f"The model {card.name} has no label {label!r}; it has: {', '.join(card.labels) or 'none'}.")
    if method not in get_args(Method):
        raise ConfigError(f"Unknown method {method!r}; give one of {', '.join(get_args(Method))}.")
    side = crop_image.shape[0]
    if side != card.size:
        crop_image = cv2.resize(crop_image, (card.size, card.size), interpolation=cv2.INTER_AREA)
    device = next(bundle.network.parameters()).device
    images = to_input(
        torch.from_numpy(np.ascontiguousarray(crop_image)).permute(2, 0, 1)[None].to(device), card.mean, card.std
    )
    with _LOCK, _frozen(bundle.network):
        heat, cell = _activation_map(bundle.network, images, card.labels.index(label), method)
    heat = cv2.resize(heat, (side, side), interpolation=cv2.INTER_CUBIC)
    # The library enlarges bilinearly, which shows the grid as diamonds; half a cell of blur removes them.
    heat = np.maximum(cv2.GaussianBlur(heat, (0, 0), sigmaX=max(cell * side / 2, 0.5)), 0)
    peak = float(heat.max())
    scaled: np.ndarray = (heat / peak if peak > 0 else heat).astype(np.float32)
    return scaled


def _activation_map(network: nn.Module, images: torch.Tensor, output: int, method: Method) -> tuple[np.ndarray, float]:
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
