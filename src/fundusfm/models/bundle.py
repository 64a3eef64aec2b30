"""Bundles: a released model as a folder of weights, graph, card and README, and what reads one.

| file | what it holds |
| --- | --- |
| `model.safetensors` | the weights; `config.json`, in timm's own schema, loads them where FundusFM is not installed |
| `model.onnx` | the same network for ONNX Runtime, normalisation included; see `fundusfm.models.engine` |
| `card.json`, `README.md` | what must be known to use them |
| `reference.safetensors` | where the features of the training photographs lie; see `fundusfm.models.reference` |
| `photographs.safetensors` | by which leaks are found; see `fundusfm.models.photographs` |

Nothing here needs PyTorch. `fundusfm.models.trainable` builds and writes networks.
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fundusfm.errors import WeightsError
from fundusfm.extras import require_extra
from fundusfm.models.card.graph import Graph
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.devices import AUTO, torch_device
from fundusfm.models.engine.engine import NetworkEngine
from fundusfm.models.engine.graphs import GRAPH, cached_graph, graph_key, input_side, open_graph
from fundusfm.models.weights_file import checked_hash, read_tensor

if TYPE_CHECKING:
    from torch import nn


@dataclass
class Bundle:
    """Weights with their card.

    Attributes:
        card: What travels with the weights.
        path: The folder it was read from or saved to, if any.
        hash: SHA-256 over all weights, by name; two bundles with one hash compute the same.
        graph: What its folder says of its graph; None where there is none.
        device: What computes; see `fundusfm.models.engine.devices`.
    """

    card: Card
    path: Path | None
    hash: str
    graph: Graph | None = field(default=None, kw_only=True)
    device: str = field(default=AUTO, kw_only=True)

    @cached_property
    def engine(self) -> NetworkEngine:
        """What computes the network on images of the side that it takes; errors as for `engine_at`."""
        return self.engine_at(input_side(self.card))

    def engine_at(self, side: int) -> NetworkEngine:
        """Returns what computes the network on images of some side, in pixels.

        Raises:
            WeightsError: The graph is damaged or missing, or has other labels than the card.
            MissingExtraError: There is no graph of this side, and no PyTorch to make one.
        """
        device = torch_device(self.device)
        kept = None if device else self._kept_graph(side)
        if kept is not None:
            return open_graph(*kept, self.card, self.device)
        require_extra("train", f"{self.card.name}, which has no graph for images of {side} px,")
        from fundusfm.models.engine.made import made_engine

        return made_engine(self, side, device)

    def head_weights(self) -> NDArray[np.floating] | None:
        """Returns the weights (labels, d) of a linear head on globally averaged maps; None where there is no such head.

        Raises:
            WeightsError: The weights cannot be read.
        """
        kept = self._kept_graph(input_side(self.card))
        if self.path is None or kept is None or kept[1].linear_head is None:
            return None
        return read_tensor(self.path, f"{kept[1].linear_head}.weight")

    def load_network(self) -> "nn.Module":
        """Builds the network in PyTorch.

        Raises:
            MissingExtraError: The extra `[train]` is not installed.
            WeightsError: The weights do not fit the card.
        """
        require_extra("train", f"The network of {self.card.name}")
        from fundusfm.models.trainable import network_of

        if self.path is None:
            raise WeightsError(f"{self.card.name} is in no folder, so its network cannot be read.")
        return network_of(self.path)

    def _kept_graph(self, side: int) -> tuple[Path, Graph] | None:
        if self.path is None:
            return None
        if self.graph is not None and side == input_side(self.card):
            return self.path / GRAPH, self.graph
        return cached_graph(graph_key(self.card, self.hash, side))


def read_bundle(path: str | Path, *, device: str = AUTO) -> Bundle:
    """Reads a bundle of a classifier or backbone; nothing is unpickled, and the weights are held against their hash.

    Args:
        path: The folder.
        device: What shall compute.

    Raises:
        WeightsError: A file is missing or damaged, or it is a segmenter.
    """
    folder = Path(path)
    card = Card.read(folder / "card.json")
    if card.decoder is not None:
        raise WeightsError(
            f"{folder} is a segmenter, which has no labels to score: use fundusfm segment evaluate or predict, "
            "or give the bundle of a backbone or classifier."
        )
    return bundle_in(folder, card, device=device)


def bundle_in(folder: Path, card: Card, *, device: str = AUTO) -> Bundle:
    """Returns the bundle of a folder, of any kind.

    Raises:
        WeightsError: The weights are missing or damaged.
    """
    return Bundle(card=card, path=folder, hash=checked_hash(folder), graph=card.graph, device=device)
