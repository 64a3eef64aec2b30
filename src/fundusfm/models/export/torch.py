"""A bundle as a program of `torch.export`: one file that PyTorch alone loads and runs."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fundusfm.errors import WeightsError
from fundusfm.models.export.portable import INPUT, Portable

PROGRAM = "model.pt2"

_TOLERANCE = 1e-5


def traced(portable: Portable) -> torch.export.ExportedProgram:
    """Returns the network as a graph, for any number of images at a time.

    Raises:
        WeightsError: Its architecture does things that cannot be traced.
    """
    batch = torch.export.Dim("batch", min=1)
    try:
        return torch.export.export(
            portable.network, (portable.example(2),), dynamic_shapes={INPUT: {0: batch}}, strict=False
        )
    except (RuntimeError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{portable.card.architecture} cannot be exported as a graph: {str(error).splitlines()[0]} "
            "Use --format timm, which keeps the network as it is."
        ) from error


def write_torch(folder: Path, portable: Portable) -> None:
    """Writes `model.pt2`, and runs it once to see that it gives the bundle's outputs.

    Raises:
        WeightsError: The network cannot be traced, or gives other outputs.
    """
    program = traced(portable)
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # it holds paths of this machine
    program.example_inputs = None
    torch.export.save(program, folder / PROGRAM)
    loaded = torch.export.load(folder / PROGRAM).module()

    def run(images: torch.Tensor) -> list[NDArray[np.float32]]:
        with torch.inference_mode():
            return [output.numpy() for output in loaded(images)]

    portable.check(run, _TOLERANCE, PROGRAM)
