"""Graphs of ONNX whose large weights are stored in 16-bit floats, as in `fundusfm.models.half`."""

import numpy as np


def with_half_weights(graph: bytes) -> bytes:
    """Returns a graph in which weights that 16-bit floats hold exactly are stored so, and cast to 32 bits first.

    ONNX Runtime casts once, when it makes the session, and computes in 32 bits; the outputs do not change.

    Args:
        graph: Batch norms must not have been folded into its convolutions: what comes of that is no 16-bit float.
    """
    import onnx

    model = onnx.load_from_string(graph)
    casts = []
    for tensor in list(model.graph.initializer):
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2:
            continue
        with np.errstate(over="ignore"):  # what becomes infinite is unequal, and stays as it is
            half = values.astype(np.float16)
        if np.array_equal(half.astype(np.float32), values):
            stored = f"{tensor.name}.half"
            model.graph.initializer.remove(tensor)
            model.graph.initializer.append(onnx.numpy_helper.from_array(half, stored))
            casts.append(onnx.helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())
