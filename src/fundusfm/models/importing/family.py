"""Whose weights they are, and what follows: which tensors are the backbone, how pixels are normalised, how it pools.

Sources: RETFound `models_vit.py` and `util/datasets.py` (github.com/rmaphoh/RETFound), RETFound-Green's README
(github.com/justinengelmann/RETFound_Green), FLAIR `flair/modeling/model.py` (github.com/jusiro/FLAIR), each as of 2025;
timm's configuration of the architecture for all others.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

import timm
import torch

from fundusfm.models.start import IMAGENET_MEAN, IMAGENET_STD

_ANCHORS = ("patch_embed.proj.weight", "conv1.weight", "stem.0.weight", "conv_stem.weight", "features.conv0.weight")
"""The first layer of each family of networks; what stands before its name is the prefix of all of them."""

_GREEN_GRID = 28


@dataclass(frozen=True)
class Family:
    """What is known of weights from where they come.

    Attributes:
        name: For people.
        size: Side in pixels of the input that the weights were trained at.
        mean: Per RGB channel, of values in 0..1.
        std: Per RGB channel, of values in 0..1.
        source: Where mean and std are from.
        arguments: Constructor arguments of the timm model, beside the size.
    """

    name: str
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    source: str
    arguments: dict[Literal["global_pool", "fc_norm"], str | bool] = field(default_factory=dict)


def split_backbone(tensors: dict[str, torch.Tensor], first: str | None = None) -> tuple[str, dict[str, torch.Tensor]]:
    """Finds the backbone among a file's tensors.

    Args:
        tensors: By the file's names, such as `module.conv1.weight` or `vision_model.model.conv1.weight`.
        first: Name of the network's first layer, where the architecture is known.

    Returns:
        The prefix of the backbone's names, and its tensors without it. Of a student and a teacher, the teacher.
    """
    for anchor in (first,) if first else _ANCHORS:
        prefixes = [name.removesuffix(anchor) for name in tensors if f".{name}".endswith(f".{anchor}")]
        if prefixes:
            # The shortest: layer1.0.conv1.weight ends like conv1.weight, too.
            prefix = min(prefixes, key=lambda text: ("student" in text, len(text)))
            inner = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
            return prefix, _without_decoder(inner)
    return "", tensors


def family_of(architecture: str, prefix: str, names: set[str], backbone: dict[str, torch.Tensor]) -> Family:
    """Returns what is known of the weights.

    Args:
        architecture: timm model name; a tag, as in `vit_large_patch16_224.mae`, chooses the normalisation.
        prefix: Prefix that `split_backbone` found.
        names: All names of the file.
        backbone: The tensors without the prefix.
    """
    grid = _grid(backbone)
    own_size = grid * backbone["patch_embed.proj.weight"].shape[-1] if grid else None
    if prefix.endswith("vision_model.model."):
        return Family(
            "FLAIR", 512, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "FLAIR scales values to 0..1 and does not normalise them"
        )
    if architecture.startswith("vit_") and _is_masked_autoencoder(names, backbone):
        return Family(
            "masked autoencoder, as RETFound",
            own_size or 224,
            IMAGENET_MEAN,
            IMAGENET_STD,
            "RETFound util/datasets.py: ImageNet's",
            {"global_pool": "avg"},
        )
    if architecture.startswith("vit_small_patch14_reg4_dinov2") and grid == _GREEN_GRID:
        return Family(
            "RETFound-Green",
            own_size or 392,
            (0.5, 0.5, 0.5),
            (0.5, 0.5, 0.5),
            "RETFound-Green's README",
            {"global_pool": "avg", "fc_norm": False},
        )
    config = timm.get_pretrained_cfg(architecture, allow_unregistered=True)
    mean, std, usual = (
        (config.mean, config.std, config.input_size[-1]) if config else (IMAGENET_MEAN, IMAGENET_STD, 224)
    )
    return Family(
        "layout of timm or torchvision", own_size or usual, mean, std, f"timm's configuration of {architecture}"
    )


def _without_decoder(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Leaves out what a masked autoencoder needs to paint pixels; DINOv2 has a mask token, too, but no decoder."""
    if not any(name.startswith("decoder") for name in tensors):
        return tensors
    return {name: value for name, value in tensors.items() if not name.startswith(("decoder", "mask_token"))}


def _is_masked_autoencoder(names: set[str], backbone: dict[str, torch.Tensor]) -> bool:
    """Tells by the decoder, or what fine-tuning put in place of the norm, or the class token's fixed position, zero."""
    position = backbone.get("pos_embed")
    return (
        any("decoder_embed." in name for name in names)
        or "fc_norm.weight" in backbone
        or (position is not None and position.ndim == 3 and not position[0, 0].any())
    )


def _grid(backbone: dict[str, torch.Tensor]) -> int | None:
    """Returns patches per side, where there is a position for each patch of a square."""
    position = backbone.get("pos_embed")
    if position is None or position.ndim != 3 or "patch_embed.proj.weight" not in backbone:
        return None
    for others in (0, 1, 2):  # none, a class token, a class and a distillation token
        side = math.isqrt(max(position.shape[1] - others, 0))
        if side and side * side == position.shape[1] - others:
            return side
    return None
