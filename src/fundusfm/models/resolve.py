"""Which bundle `--weights` means. Needs no PyTorch unless a start from ImageNet or from random weights is asked for."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

from fundusfm.errors import ConfigError, WeightsError
from fundusfm.extras import has_extra, require_extra
from fundusfm.models.bundle import Bundle, read_bundle
from fundusfm.models.engine.devices import AUTO
from fundusfm.models.listing import find_bundle, listed_weights
from fundusfm.models.weights_file import is_weights_file

STARTS = ("scratch", "imagenet")
"""Names that are not of a bundle: a network starts there."""

_PINNED = re.compile(r"(?P<name>.+)@(?P<hash>[0-9a-fA-F]{8,64})")


def kind_of_weights(weights: str) -> Literal["start", "file", "backbone", "bundle"]:
    """Returns what kind of weights `--weights` means: a way to start, a file, a timm backbone, else a bundle."""
    if weights in STARTS:
        return "start"
    if is_weights_file(weights):
        return "file"
    return "backbone" if _is_backbone(weights) else "bundle"


def bundle_folder(weights: str) -> Path:
    """Returns the folder of the bundle that `--weights` means.

    Raises:
        WeightsError: There is none.
    """
    return find_bundle(_split_pin(weights)[0])


def resolve_weights(
    weights: str,
    *,
    backbone: str | None = None,
    size: int,
    imagenet_weights: str | None = None,
    seed: int = 0,
    device: str = AUTO,
) -> Bundle:
    """Finds the bundle that `--weights` means.

    Args:
        weights: Path of a bundle folder, a name from `fundusfm weights list`, `scratch`, `imagenet`, the timm name of
            a backbone for its ImageNet weights, or a file of weights of another project, which is read as
            `fundusfm weights import` reads it. `NAME@SHA256` names a bundle and says how the hash of its weights
            begins, with 8 digits or more.
        backbone: timm model name, for `scratch`, `imagenet`, and a file whose names and shapes do not tell it.
        size: Side of the square input in pixels, for all but bundles.
        imagenet_weights: File of ImageNet weights (safetensors or a plain state dict) with timm keys; without it
            those of an installed package are taken, else timm fetches its own.
        seed: Seed of random weights.
        device: What shall compute; see `fundusfm.models.engine.devices`.

    Raises:
        WeightsError: Nothing is found under that name or path, or ImageNet weights are not at hand.
        ConfigError: `backbone` is given for a bundle of another architecture.
        MissingExtraError: `scratch` or `imagenet` without the extra `[train]`.
    """
    kind = kind_of_weights(weights)
    if kind == "start":
        require_extra("train", f"--weights {weights}")
        from fundusfm.models.start import DEFAULT_BACKBONE, start_network

        start = start_network(
            weights, backbone=backbone or DEFAULT_BACKBONE, size=size, imagenet_weights=imagenet_weights, seed=seed
        )
        return replace(start, device=device)
    if kind == "file":
        require_extra("train", f"--weights {weights}, which is no bundle,")
        from fundusfm.models.importing.foreign import read_foreign

        return replace(read_foreign(Path(weights), backbone=backbone, size=size), device=device)
    if kind == "backbone":
        from fundusfm.models.start import start_network

        if backbone not in (None, weights):
            raise ConfigError(f"--backbone {backbone} contradicts --weights {weights}: leave --backbone out.")
        start = start_network("imagenet", backbone=weights, size=size, imagenet_weights=imagenet_weights)
        return replace(start, device=device)
    folder, pinned = bundle_folder(weights), _split_pin(weights)[1]
    bundle = read_bundle(folder, device=device)
    if not bundle.hash.startswith(pinned):
        raise WeightsError(
            f"--weights {weights} asks for weights whose SHA-256 begins with {pinned}, and {folder} has {bundle.hash}: "
            "give the bundle that was meant, or this hash.",
        )
    if backbone is not None and backbone != bundle.card.architecture:
        raise ConfigError(
            f"--backbone {backbone} contradicts {folder}, which is a {bundle.card.architecture}: "
            "leave --backbone out when --weights is a bundle."
        )
    return bundle


def _is_backbone(name: str) -> bool:
    """Whether it is the timm name of a backbone, and no path and no listed name."""
    if Path(name).exists() or name in listed_weights() or not has_extra("train"):
        return False
    import timm

    return bool(timm.is_model(name))


def without_head(bundle: Bundle) -> Bundle:
    """Returns a bundle as a backbone, whose features are wanted; its graph and its hash stay those of the whole."""
    return replace(bundle, card=bundle.card.as_start())


def _split_pin(weights: str) -> tuple[str, str]:
    """Returns name and hash of `NAME@SHA256`; without a hash, or where a file has this name, the hash is empty."""
    found = None if Path(weights).exists() else _PINNED.fullmatch(weights)
    return (found["name"], found["hash"].lower()) if found else (weights, "")
