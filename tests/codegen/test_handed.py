"""Gradients that are parts of one buffer: copied once, and handed out as views of the copy."""

import numpy as np

import rnndsl
from tests.codegen.emitting import written

GATES = (
    "param U, V, b, d",
    "g[t] = sigmoid(U @ h[t-1] + b)",
    "h[t] : n = tanh(V @ h[t-1] + d + x[t]) * g[t]",
    "loss sum(h[t] @ h[t] over t)",
)


def test_stacked_gradients_are_copied_once() -> None:
    lines = written("input x[t] : n", *GATES, function="loss_and_grad")
    parts = {line.partition(" = ")[0]: line.partition(" = ")[2] for line in lines if line.startswith("grads[")}
    copies = [line.partition(" = ")[0] for line in lines if "_copy = " in line]
    assert len(copies) == 2, "of matrices and of biases"
    for name in "UVbd":
        assert parts[f'grads["{name}"]'].startswith(tuple(f"{copy}[..., " for copy in copies))


def test_they_share_no_memory_with_each_other_or_with_later_results() -> None:
    text = "model Net(n = 3):\n    index t : sequence\n    input x[t] : n\n" + "".join(
        f"    {line}\n" for line in GATES
    )
    text += "    output h[t]\n"
    program = rnndsl.compile(text)
    params, data = program.init(0), {"x": np.ones((2, 4, 3))}
    first, second = (program.loss_and_grad(params, data)[1] for _ in range(2))
    arrays = [*first.values(), *second.values()]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])
    assert all(array.flags.c_contiguous and array.flags.writeable for array in arrays)


def test_parameters_with_one_gradient_get_an_array_each() -> None:
    lines = (GATES[0].replace("d", "d, e"), GATES[1], GATES[2].replace("+ d", "+ d + e"), *GATES[3:])
    text = "model Net(n = 3):\n    index t : sequence\n    input x[t] : n\n" + "".join(
        f"    {line}\n" for line in lines
    )
    program = rnndsl.compile(text)
    _, grads = program.loss_and_grad(program.init(0), {"x": np.ones((2, 4, 3))})
    np.testing.assert_array_equal(grads["d"], grads["e"])
    assert not np.shares_memory(grads["d"], grads["e"])
