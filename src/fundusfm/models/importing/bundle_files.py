"""The files of a bundle, and copying nothing else: what lies beside it is not the bundle's."""

import shutil
from pathlib import Path

from fundusfm.errors import WeightsError
from fundusfm.extras import has_extra
from fundusfm.models.bundle import bundle_in
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.devices import CPU
from fundusfm.models.engine.graphs import GRAPH, open_graph
from fundusfm.models.photographs import PHOTOGRAPHS, read_photographs
from fundusfm.models.reference import REFERENCE, read_reference
from fundusfm.models.weights_file import WEIGHTS

CARD, TABLE = "card.json", "import.json"
FILES = (WEIGHTS, GRAPH, REFERENCE, PHOTOGRAPHS, "config.json", "README.md", TABLE, CARD)
"""The card is last, so a folder with a card is complete."""


def check_bundle(folder: Path) -> Card:
    """Loads a bundle of any kind, to see that all of it is there and fits.

    Without PyTorch the hash of the weights and the graph are all that can be checked, and all that will be used.

    Raises:
        WeightsError: A file is missing or damaged, or weights and card disagree.
        MissingExtraError: It has no graph, and the extra `[train]` is not installed.
    """
    card = Card.read(folder / CARD)
    bundle = bundle_in(folder, card)
    if card.graph is None or has_extra("train"):
        bundle.load_network()
    if card.decoder is None:
        read_reference(folder, weights=bundle.hash)
        read_photographs(folder)
    if card.graph is not None:
        open_graph(folder / GRAPH, card.graph, card, CPU)
    return card


def add_graph(folder: Path) -> None:
    """Writes a bundle's graph anew: older bundles have none, and that of a stranger may compute something else.

    Without PyTorch the graph stays the one that the bundle came with; `check_bundle` refuses a bundle that has none.
    """
    if has_extra("train"):
        from fundusfm.models.trainable import network_of, write_graph

        card = Card.read(folder / CARD)
        write_graph(folder, network_of(folder), card).write(folder / CARD)


def copy_bundle(source: Path, target: Path) -> None:
    """Copies a bundle's files into a new folder.

    Raises:
        WeightsError: One of them cannot be read.
    """
    target.mkdir()
    for name in FILES:
        try:
            if (source / name).exists():
                shutil.copyfile(source / name, target / name)
        except OSError as error:
            raise WeightsError(f"{source / name} cannot be copied: {error.strerror or error}.") from error
