"""Recipes of exported programs run as they are written, for segmenters and backbones too."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fundusfm.data.fov.detect import FOV
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.recipes import HERE
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.models.export.onnx import write_onnx
from fundusfm.models.export.portable import Portable, portable_classifier, portable_segmenter
from fundusfm.models.export.recipes import onnx_use, torch_use
from fundusfm.models.export.torch import write_torch
from fundusfm.models.segmentation.bundle import segmenter_of
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.trainable import bundle_of

BACKBONE = "test_resnet"


def _run(folder: Path, lines: list[str], portable: Portable, square: np.ndarray) -> dict[str, Any]:
    """Runs the last block of a recipe on a square."""
    portable.card.write(folder / "card.json")
    code = re.findall(r"```python\n(.*?)```", "\n".join(lines), flags=re.DOTALL)[-1]
    names: dict[str, Any] = {"square": square}
    exec(code.replace(HERE, str(folder)), names)  # noqa: S102 - the code that readers are told to run
    return names


@pytest.mark.parametrize("format", ["torch", "onnx"])
def test_the_map_of_a_segmenter(make_bundle: Callable[..., Bundle], tmp_path: Path, format: str) -> None:
    if format == "onnx":
        pytest.importorskip("onnxruntime", reason="ONNX is not installed: pip install 'fundusfm[train]'")
    point = OperatingPoint(threshold=0.4321, sensitivity=0.8, specificity=0.9)
    card = make_bundle(BACKBONE, (), 80).card.model_copy(
        update={
            "task": "vessels",
            "decoder": "tiny",
            "labels": ["vessels"],
            "operating_points": {"vessels": {"dice": point}},
        }
    )
    network = build_segmentation_network("tiny", BACKBONE).eval()
    portable = portable_segmenter(bundle_of(network, card))
    write, use = (write_torch, torch_use) if format == "torch" else (write_onnx, onnx_use)
    write(tmp_path, portable)
    square = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)
    found = _run(tmp_path, use(portable), portable, square)["probability"]
    expected = segmenter_of(network, card).probabilities(square, FOV(40, 40, 40, False))["vessels"]
    assert np.allclose(found, expected, atol=1e-4)
    assert "a vessel from 0.4321 on" in " ".join(use(portable))


def test_the_features_of_a_backbone(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    bundle = make_bundle(BACKBONE, (), 64)
    portable = portable_classifier(bundle)
    write_torch(tmp_path, portable)
    found = _run(tmp_path, torch_use(portable), portable, np.zeros((64, 64, 3), np.uint8))["features"]
    assert found.shape == (1, bundle.network.num_features)
