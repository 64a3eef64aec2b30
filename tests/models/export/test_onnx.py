"""The ONNX file says all that must be known about it, and runs any number of images."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from fundusfm.models.bundle import Bundle
from fundusfm.models.card.schema import OperatingPoint
from fundusfm.models.engine.graphs import GRAPH
from fundusfm.models.export.onnx import described, write_onnx
from fundusfm.models.export.portable import Portable, portable_classifier, portable_segmenter
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.trainable import bundle_of

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX is not installed: pip install 'fundusfm[train]'")
BACKBONE = "test_resnet"


def _same(folder: Path, portable: Portable, counts: tuple[int, ...]) -> dict[str, str]:
    """Compares the file's outputs with the network's, and returns its metadata."""
    session = onnxruntime.InferenceSession(folder / GRAPH)
    assert [output.name for output in session.get_outputs()] == list(portable.outputs)
    for count in counts:
        images = portable.example(count)
        with torch.inference_mode():
            expected = portable.network(images)
        for found, wanted in zip(session.run(None, {"images": images.numpy()}), expected, strict=True):
            assert np.allclose(found, wanted, atol=1e-4)
    return dict(session.get_modelmeta().custom_metadata_map)


def test_multiclass_with_its_metadata(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    points = {"0": {"youden": OperatingPoint(threshold=0.3, sensitivity=0.9, specificity=0.8)}}
    bundle = make_bundle(
        BACKBONE, ("0", "1", "2"), 64, temperature={"*": 1.5}, operating_points=points, licence="research only"
    )
    bundle.card = bundle.card.model_copy(update={"task": "multiclass"})
    portable = portable_classifier(bundle)
    write_onnx(tmp_path, portable)
    told = _same(tmp_path, portable, (1, 2, 5))
    assert told == described(portable)
    assert json.loads(told["labels"]) == ["0", "1", "2"] and json.loads(told["mean"]) == bundle.card.mean
    assert json.loads(told["operating_points"])["0"]["youden"]["threshold"] == 0.3
    assert json.loads(told["temperature"]) == {"*": 1.5} and told["weights_sha256"] == bundle.hash
    assert (told["crop"], told["size"], told["licence"]) == ("fov-v1", "64", "research only")


def test_a_segmenter(make_bundle: Callable[..., Bundle], tmp_path: Path) -> None:
    card = make_bundle(BACKBONE, (), 64).card.model_copy(
        update={"task": "vessels", "decoder": "tiny", "labels": ["vessels"]}
    )
    portable = portable_segmenter(bundle_of(build_segmentation_network("tiny", BACKBONE).eval(), card))
    write_onnx(tmp_path, portable)
    assert _same(tmp_path, portable, (1, 3))["side"] == "96"
