"""Where the graph of a bundle is: beside its weights, or in the cache, where older bundles are converted once."""

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError

from fundusfm.errors import WeightsError
from fundusfm.models.card.graph import Graph
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.engine import LOGITS
from fundusfm.models.engine.session import OnnxEngine
from fundusfm.models.listing import cache_folder
from fundusfm.models.segmentation.tiles import tile_side
from fundusfm.runs import write_atomic

GRAPH = "model.onnx"

_WAY_OF_GRAPHS = 1
"""Counts changes of the code that writes graphs."""


def input_side(card: Card) -> int:
    """Returns the side in pixels of the images that a card's network takes: crops, or tiles of crops with a margin."""
    return card.size if card.decoder is None else tile_side(card.size)


def open_graph(path: Path, graph: Graph, card: Card, device: str) -> OnnxEngine:
    """Opens a graph.

    Args:
        path: The file.
        graph: What it must be.
        card: Card of its bundle.
        device: What shall compute.

    Raises:
        WeightsError: It is missing, damaged, or has other outputs than the card has labels.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror or error}); copy the bundle again.") from error
    if hashlib.sha256(content).hexdigest() != graph.sha256:
        raise WeightsError(
            f"{path} is damaged: its SHA-256 is not the one that card.json names. Copy the bundle again.",
            code="CHECKSUM",
        )
    engine = OnnxEngine(content, device)
    if card.labels and card.decoder is None and (width := engine.width(LOGITS)) != len(card.labels):
        raise WeightsError(
            f"{path} has {width} outputs, and card.json {len(card.labels)} labels: copy both from one run."
        )
    return engine


def graph_key(card: Card, weights: str, side: int) -> str:
    """Returns a hash of all that decides what a graph computes.

    Args:
        card: Card of the bundle.
        weights: Hash of its weights.
        side: Side of the images in pixels.
    """
    contract = [_WAY_OF_GRAPHS, weights, card.architecture, card.decoder, card.arguments, len(card.labels), card.mean,
                card.std, card.size, side]  # fmt: skip
    if card.parts:
        contract.append([part.model_dump() for part in card.parts])
    if card.views > 1:
        contract.append(card.views)
    return hashlib.sha256(json.dumps(contract).encode()).hexdigest()


def cached_graph(key: str) -> tuple[Path, Graph] | None:
    """Returns the file of a graph that was made before, and what it is; None where there is none."""
    folder = _place(key)
    try:
        return folder / GRAPH, Graph.model_validate_json((folder / "graph.json").read_bytes())
    except (OSError, ValidationError):
        return None


def cache_graph(key: str, content: bytes, linear_head: str | None) -> None:
    """Keeps a graph for the next time; what describes it goes last, so a described graph is whole."""
    folder = _place(key)
    folder.mkdir(parents=True, exist_ok=True)
    graph = Graph(sha256=hashlib.sha256(content).hexdigest(), linear_head=linear_head)
    write_atomic(folder / GRAPH, content)
    write_atomic(folder / "graph.json", graph.model_dump_json() + "\n")


def _place(key: str) -> Path:
    return cache_folder() / "graphs" / key[:32]
