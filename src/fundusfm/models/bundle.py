"""Bundles: a released model as a folder of `model.safetensors`, `config.json`, `card.json` and `README.md`.

Downstream bundles also hold `reference.safetensors`, which screening reads; see `fundusfm.models.reference`. Trained
ones hold `photographs.safetensors`, by which leaks are found; see `fundusfm.models.photographs`.

`config.json` follows timm's own schema, so `timm.create_model("local-dir:BUNDLE", pretrained=True)` loads the
network, head included, where fundusfm is not installed.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.card.readme import readme
from fundusfm.models.card.recipes import bundle_use
from fundusfm.models.card.schema import Card
from fundusfm.models.network import build_network, model_arguments
from fundusfm.models.photographs import TrainingPhotographs, write_photographs
from fundusfm.models.reference import Reference, write_reference
from fundusfm.models.safetensors_header import with_sorted_metadata
from fundusfm.models.timm_import import timm
from fundusfm.runs import write_atomic

_HASH = "fundusfm.weights"
"""Key of the weights' hash in the metadata of `model.safetensors`."""


@dataclass
class Bundle:
    """A network with its card.

    Attributes:
        network: A timm model; float (n, 3, size, size) normalised to logits (n, labels).
        card: What travels with the weights.
        path: The folder it was loaded from or saved to, if any.
        hash: SHA-256 over all weights, by name; two bundles with one hash compute the same.
    """

    network: nn.Module
    card: Card
    path: Path | None
    hash: str


def weights_hash(network: nn.Module) -> str:
    """Returns a SHA-256 over names, shapes and values of all parameters and buffers."""
    return tensors_hash(network.state_dict())


def tensors_hash(tensors: Mapping[str, torch.Tensor]) -> str:
    """Returns the same SHA-256 of a state dict."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def bundle_of(network: nn.Module, card: Card) -> Bundle:
    """Wraps a network that has not been saved."""
    return Bundle(network=network, card=card, path=None, hash=weights_hash(network))


def save_bundle(
    path: Path,
    network: nn.Module,
    card: Card,
    *,
    reference: Reference | None = None,
    photographs: TrainingPhotographs | None = None,
) -> Bundle:
    """Writes a bundle folder of new weights: as `write_bundle`, with the time and the code version of now."""
    return write_bundle(path, network, stamped(card), reference=reference, photographs=photographs)


def write_bundle(
    path: Path,
    network: nn.Module,
    card: Card,
    *,
    reference: Reference | None = None,
    photographs: TrainingPhotographs | None = None,
) -> Bundle:
    """Writes a bundle folder; the card goes last, so a folder with a card is complete.

    Args:
        path: Folder to write, created when missing.
        network: A timm model with one output per label of the card.
        card: Written as it is.
        reference: Where the features of its training photographs lie, for screening.
        photographs: What it was trained on, to find leaks.
    """
    path.mkdir(parents=True, exist_ok=True)
    write_weights(path, network)
    digest = weights_hash(network)
    if reference is not None:
        write_reference(path, reference, weights=digest)
    if photographs is not None:
        write_photographs(path, photographs)
    write_atomic(path / "config.json", json.dumps(_timm_config(network, card), indent=2) + "\n")
    write_atomic(path / "README.md", readme(card, bundle_use(card)))
    card.write(path / "card.json")
    return Bundle(network=network, card=card, path=path, hash=digest)


def load_bundle(path: str | Path) -> Bundle:
    """Loads a bundle folder; nothing is unpickled and every weight must fit.

    Raises:
        WeightsError: A file is missing or damaged, or weights and card disagree.
    """
    folder = Path(path)
    card = Card.read(folder / "card.json")
    if card.decoder is not None:
        raise WeightsError(
            f"{folder} is a vessel segmenter, which has no labels to score: use fundusfm segment evaluate or predict, "
            "or give the bundle of a backbone or classifier."
        )
    network = build_network(card.architecture, outputs=len(card.labels), size=card.size, **card.arguments)
    weights = read_weights(folder)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightsError(
            f"{folder}: the weights do not fit {card.architecture} with {len(card.labels)} outputs, "
            f"as card.json says: {error}"
        ) from error
    return Bundle(network=network.eval(), card=card, path=folder, hash=weights_hash(network))


def stamped(card: Card) -> Card:
    """Returns the card with the time and the code version of now."""
    return card.model_copy(
        update={
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "code_version": metadata.version("fundusfm"),
        }
    )


def write_weights(folder: Path, network: nn.Module) -> None:
    """Writes a network's weights as `model.safetensors`, atomically, with their hash."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    metadata = {"format": "pt", _HASH: weights_hash(network)}
    write_atomic(folder / "model.safetensors", with_sorted_metadata(save(weights, metadata=metadata)))


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Reads a bundle's weights.

    Raises:
        WeightsError: The file is missing or damaged, also where a single bit has changed since it was written.
    """
    path = folder / "model.safetensors"
    try:
        with safe_open(path, framework="pt") as file:
            written = (file.metadata() or {}).get(_HASH)
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} cannot be read ({error}); copy the bundle again.") from error
    if written is not None and written != tensors_hash(weights):
        raise WeightsError(
            f"{path} is damaged: its weights are not those that were written. Copy the bundle again.", code="CHECKSUM"
        )
    return weights


def _timm_config(network: nn.Module, card: Card) -> dict[str, Any]:
    known = timm.get_pretrained_cfg(card.architecture, allow_unregistered=True)
    base: dict[str, Any] = (
        known.to_dict(remove_source=True, remove_null=True)  # type: ignore[no-untyped-call]
        if known is not None
        else {}
    )
    base |= {
        "input_size": [3, card.size, card.size],
        "mean": card.mean,
        "std": card.std,
        "num_classes": len(card.labels),
        "crop_pct": 1.0,
        "crop_mode": "squash",
    }
    config: dict[str, Any] = {
        "architecture": card.architecture.split(".")[0],
        "num_classes": len(card.labels),
        "num_features": getattr(network, "num_features", None),
        "pretrained_cfg": base,
    }
    if arguments := model_arguments(card.architecture, card.size) | card.arguments:
        config["model_args"] = arguments
    if card.labels:
        config["label_names"] = card.labels
        config["label_descriptions"] = card.label_definitions
    config["fov_crop"] = card.crop  # no key of timm's, which knows no crop but the central one
    return config
