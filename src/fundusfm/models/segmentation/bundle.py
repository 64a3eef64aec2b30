"""Writes bundles of segmenters: `model.safetensors` holds the whole network, `card.json` describes it.

`config.json` holds the arguments of `segmentation_models_pytorch.create_model`, so a segmenter (other than `tiny` and
those of several networks) also loads where fundusfm is not installed.
"""

from pathlib import Path

from torch import nn

from fundusfm.models.card.schema import Card
from fundusfm.models.engine.devices import AUTO, CPU, torch_device
from fundusfm.models.engine.eager import TorchEngine
from fundusfm.models.engine.pixels import segmenter_outputs
from fundusfm.models.segmentation.network import network_arguments
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.tiles import tile_side
from fundusfm.models.segmentation.tiny import TINY
from fundusfm.models.trainable import stamped, write_network


def segmenter_of(network: nn.Module, card: Card, *, hash: str = "") -> Segmenter:
    """Returns a segmenter that computes a network in memory, on the best device that PyTorch finds."""
    engine = TorchEngine(segmenter_outputs(network, card), torch_device(AUTO) or CPU, tile_side(card.size))
    return Segmenter(engine, card, hash)


def save_segmenter(path: Path, network: nn.Module, card: Card, *, stamp: bool = True) -> Card:
    """Writes the bundle of a segmenter.

    Args:
        path: Folder to write, created when missing.
        network: Network from `build_segmentation_network`.
        card: Names decoder and backbone; written with facts about the graph added.
        stamp: As for `save_bundle`.

    Returns:
        The card as written.
    """
    path.mkdir(parents=True, exist_ok=True)
    decoder = str(card.decoder)
    config = (
        {"arch": "joined"}
        if card.parts
        else {"arch": TINY}
        if decoder == TINY
        else network_arguments(decoder, card.architecture, max(len(card.labels), 1))
    )
    return write_network(path, network, stamped(card) if stamp else card, config)
