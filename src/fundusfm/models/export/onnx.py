"""A bundle as ONNX: one file that ONNX Runtime runs, with all that must be known about it in its metadata."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fundusfm.models.engine.graphs import GRAPH
from fundusfm.models.engine.translate import onnx_graph
from fundusfm.models.export.portable import INPUT, Portable

_TOLERANCE = 1e-4


def write_onnx(folder: Path, portable: Portable) -> None:
    """Writes `model.onnx`, and runs it once to see that it gives the bundle's outputs.

    Raises:
        WeightsError: The network cannot be translated, or gives other outputs.
    """
    import onnx
    import onnxruntime

    example = portable.example(2).numpy()
    model = onnx.load_from_string(
        onnx_graph(portable.network, example, INPUT, portable.outputs, portable.card.architecture)
    )
    for key, value in described(portable).items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, folder / GRAPH)
    session = onnxruntime.InferenceSession(folder / GRAPH, providers=["CPUExecutionProvider"])

    def run(images: torch.Tensor) -> list[NDArray[np.float32]]:
        return list(session.run(None, {INPUT: images.numpy()}))

    portable.check(run, _TOLERANCE, GRAPH)


def described(portable: Portable) -> dict[str, str]:
    """Returns the metadata: text under plain names, JSON where a value is no text."""
    card = portable.card
    values: dict[str, Any] = {
        "name": card.name,
        "architecture": card.architecture,
        "task": card.task or "features",
        "labels": card.labels,
        "label_definitions": card.label_definitions,
        "operating_points": {
            label: {name: point.model_dump() for name, point in points.items()}
            for label, points in card.operating_points.items()
        },
        "temperature": card.temperature,
        "bias": card.bias,
        "size": card.size,
        "side": portable.side,
        "mean": card.mean,
        "std": card.std,
        "normalisation": "inside the network: give pixels 0..255",
        "crop": card.crop,
        "weights_sha256": portable.hash,
        "created": card.created,
        "code_version": card.code_version,
        "licence": card.licence,
        "intended_use": card.intended_use,
        "limits": card.limits,
    }
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
