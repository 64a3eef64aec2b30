"""Graphs with weights in 16-bit floats take half the space and give the same."""

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto

from fundusfm.models.engine.engine import LOGITS
from fundusfm.models.engine.half_graph import with_half_weights
from fundusfm.models.engine.session import OnnxEngine
from fundusfm.models.engine.translate import translated
from fundusfm.models.half import HALF, stored_weights
from fundusfm.models.trainable import TrainableBundle


def test_half_the_space_and_the_same_logits(make_bundle: Callable[..., TrainableBundle]) -> None:
    bundle = make_bundle("mobilenetv2_035", ("a", "b"), 64)
    bundle.network.load_state_dict(stored_weights(bundle.network, HALF))
    images = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), np.uint8)
    full = translated(bundle.network, bundle.card)
    half = translated(bundle.network, bundle.card.model_copy(update={"stored_bits": HALF}))
    assert len(half) < 0.6 * len(full)
    expected, found = (OnnxEngine(graph).run(images, (LOGITS,))[0] for graph in (full, half))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_weights_that_would_change_stay() -> None:
    exact, other = np.array([[0.5, 2.0]], np.float32), np.array([[0.1, 1e6]], np.float32)
    tensors = [onnx.numpy_helper.from_array(values, name) for name, values in (("exact", exact), ("other", other))]
    node = onnx.helper.make_node("Add", ["exact", "other"], ["sum"])
    output = onnx.helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1, 2])
    opset = [onnx.helper.make_opsetid("", 17)]
    graph = onnx.helper.make_graph([node], "g", [], [output], tensors)
    whole = onnx.helper.make_model(graph, opset_imports=opset)
    model = onnx.load_from_string(with_half_weights(whole.SerializeToString()))
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert kinds == {"exact.half": TensorProto.FLOAT16, "other": TensorProto.FLOAT}
    assert [node.op_type for node in model.graph.node] == ["Cast", "Add"]
