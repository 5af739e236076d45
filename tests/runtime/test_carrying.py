"""Point by point is the whole, whatever lies beside the sequence; what another call has carried is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rnndsl
from rnndsl.compiler import assemble, build, check
from rnndsl.locations import data_folder
from rnndsl.runtime.axes import axes
from rnndsl.runtime.binding import Bound
from rnndsl.runtime.carrying import check_carry, lengths_of_one, one_point, without_axis
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import draw_case, small_dims

Array = NDArray[Any]
MODELS = data_folder("specs") / "models"
POINTS = 4

#: A tree and a second sequence beside the one that is walked; its axis is not the first one, and there are two targets.
BESIDE = """
model Beside(n, k):
    index  s, t : sequence
    index  m : tree
    index  c : children(m)
    index  r : 1..3
    input  x[s, t] : n
    input  w[m], v : n
    input  u[r, t] : n
    target y[t] : token(k)
    target z[t] : n
    param  W, U, V
    g[m] : n = tanh(w[m] + sum(g[c] over c))
    e[t, s] = softmax(x[s, t] @ h[t-1] over s)
    a[t] = sum(e[t, s] * x[s, t] over s) + sum(u[r, t-1] over r)
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1] + z[t-2] + a[t] + v + root(g))
    y[t] ~ categorical(V @ h[t])
    z[t] ~ normal(h[t])
    z_last = last(h)
    output e[t, s], z_last
"""
SPECS = ["encoder_decoder", "fast_weights", "hred", "show_attend_tell", "no_input", "ntm", "pointer_network"]


def even(program: Program, name: str, array: Array) -> Array:
    """Return an example's data with four points along the stream."""
    names = [index.name for index in axes(program.inputs[name].domain)]
    if program.stream not in names:
        return array
    axis = names.index(program.stream)
    return np.asarray(np.take(array, np.arange(POINTS) % array.shape[axis], axis=axis))


def at(program: Program, name: str, array: Array, point: int) -> Array:
    """Return a point of it."""
    names = [index.name for index in axes(program.inputs[name].domain)]
    return np.asarray(array.take(point, names.index(program.stream))) if program.stream in names else array


@pytest.mark.parametrize("text", [BESIDE, *(MODELS / f"{name}.rnn" for name in SPECS)], ids=["beside", *SPECS])
def test_step_by_step_is_the_whole(text: str | Path) -> None:
    dims = small_dims(build(check(text)), {})
    program = assemble(build(check(text, dims=dims)), dtype="float64")
    case = draw_case(program.graph, 0)
    data = {name: [even(program, name, array) for array in arrays] for name, arrays in case.data.items()}
    beside = {name: own for name, own in case.lengths.items() if name != program.stream}
    points: dict[str, Any] = {"structure": case.structure} if case.structure else {}
    whole = program.run(case.params, data, lengths={**beside, program.stream: [POINTS] * 3}, **points)
    carry: dict[str, Array] = {}
    for t in range(POINTS):
        point = {name: [at(program, name, array, t) for array in arrays] for name, arrays in data.items()}
        out, carry = program.step(case.params, point, carry, lengths=beside, **points)
        for name, value in out.items():
            domain = [index.name for index in program.graph.outputs[name].domain]
            if program.stream in domain:
                expected = whole[name].take(t, 1 + domain.index(program.stream))
                np.testing.assert_allclose(value, expected, rtol=1e-14, atol=1e-14)
    for name in out:  # of what belongs to the whole the last value is that of the whole
        if all(index.name != program.stream for index in program.graph.outputs[name].domain):
            np.testing.assert_allclose(out[name], whole[name], rtol=1e-14, atol=1e-14)


def test_why_there_is_no_step() -> None:
    program = rnndsl.compile(MODELS / "tagger.rnn", dims={"words": 3, "tags": 2})
    assert program.stream == ""
    assert program.steps == "it looks ahead along `t` (line 9)"
    with pytest.raises(rnndsl.DataError, match=r"RNN614: Tagger cannot be run point by point: it looks ahead along"):
        program.step(program.init(0), {"x": [1]})


def bound_of(lengths: dict[str, list[int]]) -> Bound:
    """Return a call on two examples with n = 3, m unknown."""
    return Bound({}, {}, {name: np.array(own) for name, own in lengths.items()}, {}, {"n": 3})


KNOWN = (("t", "h"), {"t": (), "h": ("1", "n"), "g": ("2", "2*n", "m")})


def test_a_carry_fits_its_function_and_its_batch() -> None:
    bound = bound_of({"t": [1, 1], "s": [1, 4]})
    two, start = np.zeros((2, 1, 3)), np.ones(2)
    check_carry({}, KNOWN, bound)
    check_carry({"t": start, "h": two}, KNOWN, bound)
    check_carry({"t": start, "h": two, "g": np.zeros((2, 2, 6, 5))}, KNOWN, bound)


WRONG = {
    "missing": ({"t": [0, 0]}, "the carry lacks `h`"),
    "unknown": ({"t": [0, 0], "h": np.zeros((2, 1, 3)), "x": [0, 0]}, "the carry holds `x`, which the model does not"),
    "batch": ({"t": [0, 0], "h": np.zeros((3, 1, 3))}, r"`h` of the carry has shape \(3, 1, 3\), expected \(2, 1, 3\)"),
    "size": ({"t": [0, 0], "h": np.zeros((2, 1, 1))}, r"`h` of the carry has shape \(2, 1, 1\), expected \(2, 1, 3\)"),
    "points": ({"t": [0, 0], "h": np.zeros((2, 2, 3))}, r"`h` of the carry has shape \(2, 2, 3\), expected"),
    "axes": ({"t": [0, 0], "h": np.zeros(2)}, r"`h` of the carry has shape \(2,\), expected"),
    "an open size": (
        {"t": [0, 0], "h": np.zeros((2, 1, 3)), "g": np.zeros((2, 2, 5, 9))},
        r"`g` of the carry has shape \(2, 2, 5, 9\), expected \(2, 2, 6, m\)",
    ),
    "count": ({"t": [[0], [0]], "h": np.zeros((2, 1, 3))}, r"`t` of the carry has shape \(2, 1\), expected \(2,\)"),
    "no array": ({"t": [0, 0], "h": [[1], [1, 2]]}, r"`h` of the carry has shape \(\), expected"),
    "no numbers": ({"t": [0, 0], "h": np.full((2, 1, 3), "a")}, r"`h` of the carry has shape \(\), expected"),
}


@pytest.mark.parametrize(("carry", "message"), WRONG.values(), ids=WRONG.keys())
def test_another_carry_is_refused(carry: dict[str, Any], message: str) -> None:
    with pytest.raises(rnndsl.DataError, match=f"RNN614: {message}"):
        check_carry(carry, KNOWN, bound_of({"t": [1, 1]}))


def test_rows_are_as_long_as_those_before() -> None:
    known = (("t", "s", "h"), {"t": (), "s": (), "h": ("1", "s", "n")})
    carry: dict[str, Any] = {"t": [2, 2], "s": [2, 4], "h": np.zeros((2, 1, 4, 3))}
    check_carry(carry, known, bound_of({"t": [1, 0], "s": [2, 4]}))
    check_carry({**carry, "h": np.zeros((2, 1, 5, 3))}, known, bound_of({"t": [1, 1], "s": [2, 4]}))  # padding
    for lengths, found, message in (
        ([2, 3], carry, "example 1 has 3 points along `s`, but 4 in the carry"),
        ([2, 5], carry, "example 1 has 5 points along `s`, but 4 in the carry"),
        ([2, 4], {**carry, "h": np.zeros((2, 1, 3, 3))}, r"`h` of the carry has shape \(2, 1, 3, 3\), expected"),
    ):
        with pytest.raises(rnndsl.DataError, match=f"RNN614: {message}"):
            check_carry(found, known, bound_of({"t": [1, 1], "s": lengths}))


PLANE = rnndsl.compile(data_folder("specs") / "cells" / "plane.rnn", dims={"n": 2, "x_size": 3}, dtype="float64")


def test_a_row_at_a_time() -> None:
    rng, params = np.random.default_rng(0), PLANE.init(0)
    x = [rng.normal(size=(3, 4, 3)), rng.normal(size=(1, 2, 3))]
    whole, carry = PLANE.run(params, {"x": x})["h"], dict[str, Array]()
    for row in range(3):  # the second example has no row left: its columns are said
        lengths = {"i": [1, int(row < 1)], "j": [4, 2]}
        padded = np.zeros((2, 4, 3))
        padded[0], padded[1, :2] = x[0][row], x[1][min(row, 0)]
        out, carry = PLANE.step(params, {"x": padded}, carry, lengths=lengths)
        np.testing.assert_allclose(out["h"][0], whole[0, row], rtol=1e-15)
        np.testing.assert_allclose(out["h"][1], whole[1, row], rtol=1e-15)
    assert carry["i"].tolist() == [3, 1]
    np.testing.assert_array_equal(carry["h"][:, 0], [whole[0, 2], whole[1, 0]])


def test_only_a_chunk_may_have_no_rows() -> None:
    params, x = PLANE.init(0), [np.ones((2, 4, 3)), np.ones((0, 2, 3))]
    with pytest.raises(rnndsl.DataError, match="RNN604: example 1 of `x` has no point along `i`"):
        PLANE.run(params, {"x": x})
    out, carry = PLANE.run(params, {"x": x}, carry={})
    assert out["h"].shape == (2, 2, 4, 2)
    assert carry["i"].tolist() == [2, 0]
    assert not carry["h"][1].any()
    with pytest.raises(rnndsl.DataError, match="RNN604: example 1 of `x` has no point along `j`"):
        PLANE.run(params, {"x": [np.ones((2, 4, 3)), np.ones((1, 0, 3))]}, carry={})


def test_a_point_gets_its_axis_and_loses_it() -> None:
    graph = build(check(BESIDE, dims={"n": 2, "k": 3}))
    found = one_point(graph, "t", {"x": [np.zeros((5, 2))], "v": np.zeros((1, 2)), "y": [2], "u": np.zeros((1, 3, 2))})
    assert found["x"][0].shape == (5, 1, 2)
    assert (found["v"].shape, found["y"][0].tolist(), found["u"].shape) == ((1, 2), [2], (1, 3, 1, 2))
    results = {"e": np.zeros((4, 1, 5)), "y.logits": np.zeros((4, 1, 3))}
    shapes = {name: value.shape for name, value in without_axis(graph, "t", results).items()}
    assert shapes == {"e": (4, 5), "y.logits": (4, 3)}


def test_a_point_of_another_shape_is_refused() -> None:
    program = rnndsl.compile(MODELS / "luong.rnn", dims={"source_vocab": 5, "target_vocab": 6, "hidden": 3})
    params, x = program.init(0), [[1, 2, 3], [4]]
    _, carry = program.step(params, {"x": x, "y": [1, 2]})
    for y, message in (
        (5, "RNN603"),
        ([[1], [2]], "RNN603"),
        ([1, 9], "RNN605"),
        ([1], "RNN603"),
        ([[1], [2, 3]], "RNN603"),
    ):
        with pytest.raises(rnndsl.DataError, match=message):
            program.step(params, {"x": x, "y": y}, carry)
    with pytest.raises(rnndsl.DataError, match="RNN614: the carry lacks `y`"):
        program.step(params, {"x": x, "y": [1, 2]}, {"t": carry["t"]})


def test_without_data_along_it_a_sequence_has_one_point() -> None:
    graph = build(check(MODELS / "no_input.rnn", dims={"outputs": 2}))
    assert lengths_of_one(graph, "t", {}, {}, None) == {"t": [1]}
    assert lengths_of_one(graph, "t", {}, {"t": np.ones(3)}, None) == {"t": [1, 1, 1]}
    assert lengths_of_one(graph, "t", {}, {}, {"t": [1, 0]}) == {"t": [1, 0]}
    assert lengths_of_one(graph, "t", {"y": np.zeros((2, 2))}, {}, None) is None
