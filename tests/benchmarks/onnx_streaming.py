"""An LSTM point by point in ONNX Runtime: its operator `LSTM` on sequences of one point, states going in and out.

https://onnx.ai/onnx/operators/onnx__LSTM.html: gates in the order input, output, forget, candidate.
"""

import os
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from tests.benchmarks.problem import Array, Given, Peer
from tests.benchmarks.streaming import point_by_point, stack, walk

GATES: Final = "iofg"
#: What this version of the runtime can read: it is behind that of `onnx`.
IR_VERSION: Final = 10
OPERATORS: Final = 21


def session(given: Given) -> Peer:
    """Return the loop around a session."""
    batch, units = len(given.data["x"]), given.params["w"].size
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))  # it does not look there itself
    model = _model(given, batch, units)
    made = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    points = [x[None] for x in point_by_point(given)]
    start = np.zeros((1, batch, units), points[0].dtype)

    def advance(x: Array, state: tuple[Array, Array]) -> tuple[Array, tuple[Array, Array]]:
        h, c = made.run(None, {"x": x, "h": state[0], "c": state[1]})
        return h, (h, c)

    return Peer(lambda: walk(points, advance, (start, start)), lambda result: stack([h[0] for h in result]))


def _model(given: Given, batch: int, units: int) -> bytes:
    weights = {kind: np.concatenate([given.params[f"h.{kind}_{gate}"] for gate in GATES]) for kind in "WUb"}
    arrays = {
        "W": weights["W"][None],
        "R": weights["U"][None],
        "B": np.concatenate([weights["b"], np.zeros_like(weights["b"])])[None],
    }
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(given.program.dtype))
    sizes = {"x": (1, batch, given.data["x"].shape[2])} | dict.fromkeys(("h", "c", "h1", "c1"), (1, batch, units))
    values: dict[str, Any] = {name: helper.make_tensor_value_info(name, kind, size) for name, size in sizes.items()}
    node = helper.make_node("LSTM", ["x", "W", "R", "B", "", "h", "c"], ["", "h1", "c1"], hidden_size=units)
    graph = helper.make_graph(
        [node],
        "layer",
        [values[name] for name in ("x", "h", "c")],
        [values[name] for name in ("h1", "c1")],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPERATORS)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    text: bytes = model.SerializeToString()
    return text
