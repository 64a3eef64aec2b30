"""Writes bundles of segmenters: `model.safetensors` holds the whole network, `card.json` describes it.

`config.json` holds the arguments of `segmentation_models_pytorch.create_model`, so a segmenter (other than `tiny`)
also loads where fundusfm is not installed.
"""

import json
from pathlib import Path

from torch import nn

from fundusfm.models.card.readme import readme
from fundusfm.models.card.recipes import bundle_use
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.devices import AUTO, CPU, torch_device
from fundusfm.models.engine.eager import TorchEngine
from fundusfm.models.engine.pixels import segmenter_outputs
from fundusfm.models.segmentation.network import network_arguments
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.tiles import tile_side
from fundusfm.models.segmentation.tiny import TINY
from fundusfm.models.trainable import stamped, write_graph, write_weights
from fundusfm.runs import write_atomic


def segmenter_of(network: nn.Module, card: Card, *, hash: str = "") -> Segmenter:
    """Returns a segmenter that computes a network in memory, on the best device that PyTorch finds."""
    engine = TorchEngine(segmenter_outputs(network, card), torch_device(AUTO) or CPU, tile_side(card.size))
    return Segmenter(engine, card, hash)


def save_segmenter(path: Path, network: nn.Module, card: Card) -> Card:
    """Writes a bundle of new weights: as `write_segmenter`, with the present time and code version on the card."""
    return write_segmenter(path, network, stamped(card))


def write_segmenter(path: Path, network: nn.Module, card: Card) -> Card:
    """Writes a bundle folder; the card goes last, so a folder with a card is complete.

    Args:
        path: Folder to write, created when missing.
        network: Network from `build_segmentation_network`.
        card: Names decoder and backbone; written with the facts about the graph added.

    Returns:
        The card as written.
    """
    path.mkdir(parents=True, exist_ok=True)
    write_weights(path, network)
    card = write_graph(path, network, card)
    decoder = str(card.decoder)
    config = (
        {"arch": TINY} if decoder == TINY else network_arguments(decoder, card.architecture, max(len(card.labels), 1))
    )
    write_atomic(path / "config.json", json.dumps(config, indent=2) + "\n")
    write_atomic(path / "README.md", readme(card, bundle_use(card)))
    card.write(path / "card.json")
    return card
