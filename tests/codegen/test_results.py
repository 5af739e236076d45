"""What generated functions return: new arrays of the shapes that are declared, batch first."""

import numpy as np

import rnndsl

TEXT = """model Net(n = 2, k = 3):
    index  t : sequence
    index  i : 1..k
    input  x[t] : n
    param  W : n, n
    param  a[i] : n
    h[t] : n = tanh(W @ h[t-1] + x[t])
    output h[t]
    output g[i, t] = h[t] * a[i]
    output c[t] = 0.5
    loss sum(sum(g[i, t] @ x[t] over i) over t)
"""
X = [np.ones((4, 2)), np.ones((2, 2))]


def test_outputs_have_their_indices_as_declared_and_zeros_behind_the_end() -> None:
    program = rnndsl.compile(TEXT)
    out = program.run(program.init(0), {"x": X})
    assert {name: array.shape for name, array in out.items()} == {"h": (2, 4, 2), "g": (2, 3, 4, 2), "c": (2, 4)}
    assert out["c"].tolist() == [[0.5] * 4, [0.5, 0.5, 0.0, 0.0]]


def test_a_loss_alone_needs_no_outputs() -> None:
    program = rnndsl.compile(TEXT)
    params = program.init(0)
    whole = program._module["forward"](params, {"x": X})  # noqa: SLF001 - as `Program.loss` calls it
    alone = program._module["forward"](params, {"x": X}, outputs=False)  # noqa: SLF001
    assert list(whole) == ["h", "g", "c", "loss"]
    assert alone == {"loss": whole["loss"]}
    assert program.loss(params, {"x": X}) == whole["loss"][0]
    without = rnndsl.compile(TEXT[: TEXT.index("    loss")])
    assert "outputs=" not in without.source


def test_gradients_have_the_shapes_of_parameters() -> None:
    program = rnndsl.compile(TEXT)
    params = program.init(0)
    _, grads = program.loss_and_grad(params, {"x": X})
    assert {name: array.shape for name, array in grads.items()} == {n: array.shape for n, array in params.items()}


def test_results_are_nobody_elses() -> None:
    """A later call works in the same buffers, and changes no earlier result."""
    program = rnndsl.compile(TEXT)
    params = program.init(0)
    first = program.run(params, {"x": X})["h"]
    before = first.copy()
    program.run(params, {"x": [2 * array for array in X]})
    assert (first == before).all()


def test_what_the_next_chunk_needs_is_named() -> None:
    program = rnndsl.compile(TEXT)
    _, carry = program.run(program.init(0), {"x": X}, carry={})
    assert carry["t"].tolist() == [4, 2]
    assert carry["h"].shape == (2, 1, 2)
