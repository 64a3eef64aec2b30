"""Engines that need PyTorch: on its devices, and of bundles that have no graph yet."""

import sys

from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.engine.eager import TorchEngine
from fundusfm.models.engine.engine import NetworkEngine
from fundusfm.models.engine.graphs import cache_graph, graph_key, input_side
from fundusfm.models.engine.pixels import outputs_of
from fundusfm.models.engine.session import OnnxEngine
from fundusfm.models.engine.translate import linear_head, translated


def made_engine(bundle: Bundle, side: int, device: str | None) -> NetworkEngine:
    """Makes what computes a network.

    Args:
        bundle: The network's bundle; a graph of one that lies in a folder is kept in the cache.
        side: Side of the images in pixels.
        device: PyTorch's; None for a graph on ONNX Runtime.
    """
    network: nn.Module = bundle.load_network()
    if device is not None:
        return TorchEngine(outputs_of(network, bundle.card), device, side)
    network = network.cpu()
    try:
        graph = translated(network, bundle.card, side)
    except WeightsError as error:
        print(f"{error} It is computed by PyTorch, more slowly.", file=sys.stderr)
        return TorchEngine(outputs_of(network, bundle.card), "cpu", side)
    if bundle.path is not None:
        head = linear_head(network, bundle.card) if side == input_side(bundle.card) else None
        cache_graph(graph_key(bundle.card, bundle.hash, side), graph, head)
    return OnnxEngine(graph, bundle.device)
