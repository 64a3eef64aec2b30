"""Networks: plain timm models, so that every bundle loads in any timm project."""

import difflib
from typing import Any

import timm
import torch
from torch import nn

from fundusfm.errors import ConfigError

_HEAD_STD = 0.01


def model_arguments(architecture: str, size: int) -> dict[str, Any]:
    """Returns the constructor arguments that fix the input size, which only position-embedding models need.

    Args:
        architecture: A timm model name.
        size: Side of the square input in pixels.
    """
    config = timm.get_pretrained_cfg(architecture, allow_unregistered=True)
    return {"img_size": size} if config is not None and config.fixed_input_size else {}


def build_network(architecture: str, *, outputs: int, size: int, **arguments: Any) -> nn.Module:
    """Builds a timm network with random weights.

    Args:
        architecture: Any timm model name, CNN or ViT.
        outputs: Number of logits; 0 leaves the head out.
        size: Side of the square input in pixels.
        arguments: Further constructor arguments of the timm model, such as `global_pool`.

    Raises:
        ConfigError: timm knows no such model; the sentence lists near names. Or the size does not fit the model.
    """
    if not timm.is_model(architecture):
        near = difflib.get_close_matches(architecture.split(".")[0], timm.list_models(), n=4, cutoff=0.5)
        raise ConfigError(
            f"timm knows no backbone {architecture!r}"
            + (f"; near names: {', '.join(near)}." if near else "; timm.list_models() names them all.")
        )
    try:
        network: nn.Module = timm.create_model(
            architecture, pretrained=False, num_classes=outputs, **model_arguments(architecture, size), **arguments
        )
    except (AssertionError, ValueError) as error:  # timm checks the divisibility of the size by assertion
        raise ConfigError(f"Backbone {architecture} cannot take {size} px: {error}.") from error
    if outputs:
        shrink_head(network)
    return network


def attach_head(network: nn.Module, outputs: int) -> None:
    """Replaces the classifier by a fresh one whose first logits are close to zero.

    Args:
        network: A timm model, changed in place.
        outputs: Number of logits; 0 removes the head.
    """
    network.reset_classifier(outputs)  # type: ignore[operator]
    if outputs:
        shrink_head(network)


def shrink_head(network: nn.Module) -> None:
    """Initialises the classifier with small weights and no bias.

    Some families' own initialisation (uniform within 1/sqrt(classes)) starts a two-class loss at 4, and the first
    steps then destroy what the backbone has learnt.
    """
    for layer in classifier_layers(network):
        nn.init.normal_(layer.weight, std=_HEAD_STD)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def classifier_layers(network: nn.Module) -> list[nn.Linear | nn.Conv2d]:
    """Returns the layers of a timm model's classifier; distilled models have two heads, whose logits are averaged."""
    found = network.get_classifier()  # type: ignore[operator]
    heads = found if isinstance(found, tuple) else (found,)
    return [module for head in heads for module in head.modules() if isinstance(module, nn.Linear | nn.Conv2d)]


def fit_position_embedding(network: nn.Module, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Resamples position embeddings of another input size to the network's, as timm does for its own weights."""
    embedding = weights.get("pos_embed")
    target = getattr(network, "pos_embed", None)
    if embedding is None or target is None or embedding.shape == target.shape:
        return weights
    prefix = 0 if getattr(network, "no_embed_class", False) else network.num_prefix_tokens
    resampled = timm.layers.resample_abs_pos_embed(
        embedding,
        new_size=list(network.patch_embed.grid_size),  # type: ignore[union-attr, arg-type]
        num_prefix_tokens=prefix,
    )
    return weights | {"pos_embed": resampled}


def pooled_features(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Returns the features that the classifier sees.

    Args:
        network: A timm model.
        images: float (n, 3, size, size), normalised.

    Returns:
        float (n, d).
    """
    features: torch.Tensor = network.forward_head(network.forward_features(images), pre_logits=True)  # type: ignore[operator]
    return features


def to_input(images: torch.Tensor, mean: list[float], std: list[float]) -> torch.Tensor:
    """Normalises images for the network.

    Args:
        images: uint8 or float (n, 3, h, w) with values 0..255.
        mean: Per channel, of values in 0..1.
        std: Per channel, of values in 0..1.

    Returns:
        float32 (n, 3, h, w), channels last in memory.
    """
    offset = torch.tensor(mean, device=images.device).view(1, 3, 1, 1) * 255
    scale = torch.tensor(std, device=images.device).view(1, 3, 1, 1) * 255
    return ((images.float() - offset) / scale).contiguous(memory_format=torch.channels_last)
