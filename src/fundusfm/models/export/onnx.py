"""A bundle as ONNX: one file that ONNX Runtime runs, with all that must be known about it in its metadata."""

import contextlib
import io
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fundusfm.errors import MissingExtraError, WeightsError
from fundusfm.models.export.portable import INPUT, Portable
from fundusfm.models.export.torch import traced

MODEL = "model.onnx"

_TOLERANCE = 1e-4
_NEEDED = ("onnx", "onnxruntime", "onnxscript")


def write_onnx(folder: Path, portable: Portable) -> None:
    """Writes `model.onnx`, and runs it once to see that it gives the bundle's outputs.

    Raises:
        MissingExtraError: The extra `[train]` is not installed.
        WeightsError: The network cannot be translated, or gives other outputs.
    """
    for package in _NEEDED:
        if find_spec(package) is None:
            raise MissingExtraError(package, "train")
    import onnx
    import onnxruntime

    model = _translated(portable)
    # Both hold paths of this machine and the names of its modules.
    for part in (model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info):
        del part.metadata_props[:]
        part.doc_string = ""
    for key, value in described(portable).items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, folder / MODEL)
    session = onnxruntime.InferenceSession(folder / MODEL, providers=["CPUExecutionProvider"])

    def run(images: torch.Tensor) -> list[NDArray[np.float32]]:
        return list(session.run(None, {INPUT: images.numpy()}))

    portable.check(run, _TOLERANCE, MODEL)


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


def _translated(portable: Portable) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # torch reports its steps there
        program = torch.onnx.export(
            traced(portable), input_names=[INPUT], output_names=list(portable.outputs), dynamo=True, verbose=False
        )
    if program is None:
        raise WeightsError(f"torch.onnx gave no model of {portable.card.architecture}: export another format.")
    return program.model_proto
