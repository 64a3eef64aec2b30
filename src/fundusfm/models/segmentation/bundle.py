"""Writes bundles of segmenters: `model.safetensors` holds the whole network, `card.json` what it is and expects.

`config.json` holds the arguments of `segmentation_models_pytorch.create_model`, so that a segmenter (other than
`tiny`) also loads where fundusfm is not installed.
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
    """Returns a network in memory as what finds structures, on the best device of PyTorch's."""
    engine = TorchEngine(segmenter_outputs(network, card), torch_device(AUTO) or CPU, tile_side(card.size))
    return Segmenter(engine, card, hash)


def save_segmenter(path: Path, network: nn.Module, card: Card) -> Card:
    """Writes a bundle folder of new weights: as `write_segmenter`, with the time and the code version of now."""
    return write_segmenter(path, network, stamped(card))


def write_segmenter(path: Path, network: nn.Module, card: Card) -> Card:
    """Writes a bundle folder; the card goes last, so a folder with a card is complete.

    Args:
        path: Folder to write, created when missing.
        network: Network from `build_segmentation_network`.
        card: Names decoder and backbone; written as it is, with what is known of the graph.

    Returns:
        The card as it was written.
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
