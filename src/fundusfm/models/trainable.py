"""Bundles with their network in PyTorch: what is trained, written and exported. Needs the extra `[train]`.

`config.json` follows timm's own schema, so `timm.create_model("local-dir:BUNDLE", pretrained=True)` loads the
network, head included, where fundusfm is not installed.
"""

import hashlib
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle, read_bundle
from fundusfm.models.card.graph import Graph
from fundusfm.models.card.readme import readme
from fundusfm.models.card.recipes import bundle_use
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.graphs import GRAPH, input_side
from fundusfm.models.engine.translate import linear_head, translated
from fundusfm.models.half import HALF, stored_weights
from fundusfm.models.network import build_network, model_arguments
from fundusfm.models.photographs import TrainingPhotographs, write_photographs
from fundusfm.models.reference import Reference, write_reference
from fundusfm.models.safetensors_header import with_sorted_metadata
from fundusfm.models.weights_file import HASH, WEIGHTS, checked_hash
from fundusfm.runs import write_atomic


@dataclass
class TrainableBundle(Bundle):
    """A bundle whose network is in memory.

    Attributes:
        network: A timm model; float (n, 3, size, size) normalised to logits (n, labels).
    """

    network: nn.Module

    def load_network(self) -> nn.Module:
        """Returns the network."""
        return self.network


def weights_hash(network: nn.Module) -> str:
    """Returns a SHA-256 over names, shapes and values of all parameters and buffers."""
    return tensors_hash(network.state_dict())


def tensors_hash(tensors: Mapping[str, torch.Tensor]) -> str:
    """Returns the same SHA-256 of a state dict; `fundusfm.models.weights_file` computes it from a file."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def bundle_of(network: nn.Module, card: Card) -> TrainableBundle:
    """Wraps a network that has not been saved."""
    return TrainableBundle(network=network, card=card, path=None, hash=weights_hash(network))


def save_bundle(
    path: Path,
    network: nn.Module,
    card: Card,
    *,
    reference: Reference | None = None,
    photographs: TrainingPhotographs | None = None,
    stamp: bool = True,
) -> TrainableBundle:
    """Writes the bundle of a classifier or backbone.

    Args:
        path: Folder to write, created when missing.
        network: A timm model with one output per label of the card.
        card: Written with facts about the graph added.
        reference: Where the features of the training photographs lie, for screening.
        photographs: What the network was trained on, to find leaks.
        stamp: Put the present time and code version on the card; an export keeps those of the training.
    """
    path.mkdir(parents=True, exist_ok=True)
    digest = tensors_hash(stored_weights(network, card.stored_bits))
    if reference is not None:
        write_reference(path, reference, weights=digest)
    if photographs is not None:
        write_photographs(path, photographs)
    card = write_network(path, network, stamped(card) if stamp else card, _timm_config(network, card))
    return TrainableBundle(network=network, card=card, path=path, hash=digest, graph=card.graph)


def write_network(path: Path, network: nn.Module, card: Card, config: Mapping[str, Any]) -> Card:
    """Writes the files that every bundle has; the card goes last, so a folder with a card is complete.

    Args:
        path: The folder.
        network: Of a classifier, a backbone or a segmenter.
        card: Its card.
        config: Content of `config.json`.

    Returns:
        The card as written, with facts about the graph.
    """
    weights = stored_weights(network, card.stored_bits)
    if card.stored_bits == HALF:
        network.load_state_dict(weights)  # what is stored is what is translated
    _write_weights(path, weights)
    card = write_graph(path, network, card)
    write_atomic(path / "config.json", json.dumps(config, indent=2) + "\n")
    write_atomic(path / "README.md", readme(card, bundle_use(card)))
    card.write(path / "card.json")
    return card


def load_bundle(path: str | Path) -> TrainableBundle:
    """Loads a bundle folder; nothing is unpickled and every weight must fit.

    Raises:
        WeightsError: A file is missing or damaged, or weights and card disagree.
    """
    return with_network(read_bundle(path))


def with_network(bundle: Bundle) -> TrainableBundle:
    """Returns a bundle that was read with its network, in evaluation mode; errors as for `load_bundle`."""
    network = bundle.load_network()
    return TrainableBundle(
        network=network, card=bundle.card, path=bundle.path, hash=bundle.hash, graph=bundle.graph, device=bundle.device
    )


def network_of(folder: Path) -> nn.Module:
    """Builds the network of a bundle folder, of any kind, in evaluation mode.

    Raises:
        WeightsError: A file is missing or damaged, or the weights do not fit the card.
    """
    card = Card.read(folder / "card.json")
    if card.decoder is None:
        what = f"{card.architecture} with {len(card.labels)} outputs"
        network = build_network(card.architecture, outputs=len(card.labels), size=card.size, **card.arguments)
    else:
        from fundusfm.models.segmentation.network import network_of_parts  # a large library behind it

        what = f"decoder {card.decoder} over {card.architecture}"
        network = network_of_parts(card)
    weights = read_weights(folder)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightsError(f"{folder}: the weights do not fit {what}, as card.json says: {error}") from error
    return network.eval()


def stamped(card: Card) -> Card:
    """Returns the card with the present time and code version."""
    return card.model_copy(
        update={
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "code_version": metadata.version("fundusfm"),
        }
    )


def _write_weights(folder: Path, weights: dict[str, torch.Tensor]) -> None:
    """Writes weights as `model.safetensors`, atomically, with their hash."""
    metadata = {"format": "pt", HASH: tensors_hash(weights)}
    write_atomic(folder / WEIGHTS, with_sorted_metadata(save(weights, metadata=metadata)))


def write_graph(folder: Path, network: nn.Module, card: Card) -> Card:
    """Writes a network's graph as `model.onnx`, atomically, if it gives the same outputs.

    Args:
        folder: The bundle.
        network: Of a classifier, a backbone or a segmenter.
        card: Its card.

    Returns:
        The card with facts about the graph.
    """
    (folder / GRAPH).unlink(missing_ok=True)
    network = network.cpu().eval()
    try:
        content = translated(network, card, input_side(card))
    except WeightsError as error:
        print(f"{error} The bundle is written without it, and needs PyTorch wherever it is used.", file=sys.stderr)
        return card.model_copy(update={"graph": None})
    write_atomic(folder / GRAPH, content)
    graph = Graph(sha256=hashlib.sha256(content).hexdigest(), linear_head=linear_head(network, card))
    return card.model_copy(update={"graph": graph})


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Reads a bundle's weights.

    Raises:
        WeightsError: The file is missing or damaged, also where a single bit has changed since it was written.
    """
    checked_hash(folder)
    try:
        return load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{folder / WEIGHTS} cannot be read ({error}); copy the bundle again.") from error


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
