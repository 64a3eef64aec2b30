"""Bundles of segmenters: `model.safetensors` holds the whole network, `card.json` what it is and expects.

`config.json` holds the arguments of `segmentation_models_pytorch.create_model`, so that a segmenter (other than
`tiny`) also loads where fundusfm is not installed.
"""

import json
from pathlib import Path

from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import read_weights, stamped, weights_hash, write_weights
from fundusfm.models.card.readme import readme
from fundusfm.models.card.recipes import bundle_use
from fundusfm.models.card.schema import Card
from fundusfm.models.listing import find_bundle
from fundusfm.models.segmentation.network import build_segmentation_network, network_arguments
from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.tiny import TINY
from fundusfm.runs import write_atomic


def save_segmenter(path: Path, network: nn.Module, card: Card) -> Segmenter:
    """Writes a bundle folder of new weights: as `write_segmenter`, with the time and the code version of now."""
    return write_segmenter(path, network, stamped(card))


def write_segmenter(path: Path, network: nn.Module, card: Card) -> Segmenter:
    """Writes a bundle folder; the card goes last, so a folder with a card is complete.

    Args:
        path: Folder to write, created when missing.
        network: Network from `build_segmentation_network`.
        card: Names decoder and backbone; written as it is.
    """
    path.mkdir(parents=True, exist_ok=True)
    write_weights(path, network)
    decoder = str(card.decoder)
    config = {"arch": TINY} if decoder == TINY else network_arguments(decoder, card.architecture)
    write_atomic(path / "config.json", json.dumps(config, indent=2) + "\n")
    write_atomic(path / "README.md", readme(card, bundle_use(card)))
    card.write(path / "card.json")
    return Segmenter(network, card, weights_hash(network))


def load_segmenter(path: str | Path) -> Segmenter:
    """Loads a segmenter; nothing is unpickled and every weight must fit.

    Args:
        path: A bundle folder, a run folder that holds one, or a listed name.

    Raises:
        WeightsError: There is none, a file is damaged, weights and card disagree, or it is no segmenter.
    """
    folder = find_bundle(path)
    if (folder / "config.yaml").exists() and not (folder / "card.json").exists():
        raise WeightsError(f"The run {folder} holds no bundle yet: finish it with --resume.")
    card = Card.read(folder / "card.json")
    if card.task != "vessels" or card.decoder is None:
        raise WeightsError(
            f"{folder} is no vessel segmenter (its task is {card.task or 'none, it is a backbone'}): make one with "
            f"fundusfm segment train --weights {folder}"
        )
    network = build_segmentation_network(card.decoder, card.architecture)
    weights = read_weights(folder)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightsError(
            f"{folder}: the weights do not fit decoder {card.decoder} over {card.architecture}, as card.json says: "
            f"{error}"
        ) from error
    return Segmenter(network.eval(), card, weights_hash(network))
