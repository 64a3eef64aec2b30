"""Networks on ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from fundusfm.errors import WeightsError
from fundusfm.models.engine.devices import CPU, providers, threads
from fundusfm.models.engine.engine import IMAGES

_QUIET = 3
"""Log level: errors only. Warnings are about choices of the graph that nobody here can change."""


class OnnxEngine:
    """A graph in a session.

    Each image is a pass of its own. On a processor a larger batch is no faster, since what passes between two layers
    no longer stays in the cache, and a row would depend on its neighbours in the last digits.

    Args:
        graph: File of a graph, or its content.
        device: See `fundusfm.models.engine.devices`.

    Raises:
        WeightsError: ONNX Runtime cannot load the graph.
        ConfigError: There is no such device.
    """

    def __init__(self, graph: Path | bytes, device: str = CPU) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.log_severity_level = _QUIET
        # Threads that wait by spinning would take the cores from the processes that decode.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        wanted = providers(device)
        try:
            self._session = onnxruntime.InferenceSession(
                graph if isinstance(graph, bytes) else str(graph), options, providers=wanted
            )
        except Exception as error:
            where = "The graph" if isinstance(graph, bytes) else f"{graph}"
            raise WeightsError(
                f"{where} cannot be loaded by ONNX Runtime ({str(error).splitlines()[0][:200]}): copy the bundle again."
            ) from error

    def run(self, images: NDArray[np.uint8], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `NetworkEngine`."""
        rows = [self._session.run(list(outputs), {IMAGES: image[None]}) for image in images]
        return [np.concatenate(parts) for parts in zip(*rows, strict=True)]

    def width(self, output: str) -> int:
        """See `NetworkEngine`."""
        shapes = {found.name: found.shape for found in self._session.get_outputs()}
        return int(shapes[output][1])
