"""Graphs on ONNX Runtime: one row per image whatever lies beside it, and refused where they are none."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fundusfm
from fundusfm.errors import WeightsError
from fundusfm.models.engine.engine import FEATURES, LOGITS, MAP
from fundusfm.models.engine.session import OnnxEngine
from fundusfm.models.engine.translate import translated
from fundusfm.models.trainable import TrainableBundle


def test_rows_do_not_depend_on_their_neighbours(make_bundle: Callable[..., TrainableBundle]) -> None:
    bundle = make_bundle("test_resnet", ("a", "b"), 32)
    engine = OnnxEngine(translated(bundle.network, bundle.card))
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    logits, features, last = engine.run(images, (LOGITS, FEATURES, MAP))
    assert logits.shape == (5, 2) and features.shape == (5, last.shape[1]) and logits.dtype == np.float32
    assert (engine.width(LOGITS), engine.width(FEATURES)) == (2, features.shape[1])
    for place in (0, 4):
        (alone,) = engine.run(images[place : place + 1], (LOGITS,))
        np.testing.assert_array_equal(alone[0], logits[place])


@pytest.mark.parametrize("as_file", [True, False])
def test_what_is_no_graph_is_refused(tmp_path: Path, as_file: bool) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(WeightsError, match="cannot be loaded by ONNX Runtime"):
        OnnxEngine(tmp_path / "model.onnx" if as_file else b"no graph")


def test_counts_of_use_go_to_nobody(tmp_path: Path) -> None:
    graph = Path(fundusfm.__file__).parent / "released/vessels/model.onnx"
    script = (
        "import fundusfm; from pathlib import Path; from fundusfm.models.engine.session import OnnxEngine; "
        f"OnnxEngine(Path({str(graph)!r}))"
    )
    environment = {**os.environ, "HOME": str(tmp_path)}
    for name in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    assert not list(tmp_path.rglob("*onnxruntime*"))
