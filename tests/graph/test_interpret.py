"""The reference interpreter against plain loops, and its own manners."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import OutputInfo
from rnndsl.graph.interpret import interpret, measure
from rnndsl.graph.meaning import Array, sigmoid
from rnndsl.graph.node import Over
from rnndsl.ops import Op
from tests.graph.examples import DIMS, EXAMPLES, HIDDEN, LENGTHS, K, Net, S, T, sample, shift


def _scores(logits: Array, token: int) -> float:
    return float(np.log(np.sum(np.exp(logits))) - logits[token]) if token >= 0 else 0.0


def _column(matrix: Array, token: int) -> Array:
    return matrix[:, token] if token >= 0 else np.zeros(len(matrix))


def test_elman_is_what_the_loop_computes() -> None:
    graph = EXAMPLES["elman"]()
    p, data = sample(graph)
    total, count, logits = 0.0, 0, []
    for x, y in zip(data["x"], data["y"], strict=True):
        h, found = np.zeros(3), []
        for now, then in zip(x, y, strict=True):
            h = np.tanh(p["W"] @ h + _column(p["U"], now) + p["b"])
            found.append(p["V"] @ h + p["c"])
            total, count = total + _scores(found[-1], then), count + int(then >= 0)
        logits.append(np.array(found))
    got = interpret(graph, p, data, dims=DIMS)
    assert float(cast("Array", got["loss"])) == pytest.approx(total / count, rel=1e-12)
    assert float(cast("Array", got["y.weight"])) == count
    for mine, expected in zip(got["y.logits"], logits, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-12)


def test_the_language_model_reads_what_came_before() -> None:
    graph = EXAMPLES["lstm"]()
    p, data = sample(graph)
    total = 0.0
    for y in data["y"]:
        c, h, before = np.zeros(3), p["h0"], -1
        for now in y:
            pre = {g: p[f"U_{g}"] @ h + p[f"b_{g}"] + _column(p[f"W_{g}"], before) for g in "fiog"}
            c = sigmoid(pre["f"]) * c + sigmoid(pre["i"]) * np.tanh(pre["g"])
            h, before = sigmoid(pre["o"]) * np.tanh(c), now
            total += _scores(p["V"] @ h + p["d"], now)
    assert float(cast("Array", interpret(graph, p, data, dims=DIMS)["loss"])) == pytest.approx(total, rel=1e-12)


def test_both_directions_with_their_starts() -> None:
    graph = EXAMPLES["backward"]()
    p, data = sample(graph)
    joint = interpret(graph, p, data, dims=DIMS, outputs=["joint"])["joint"]
    for x, z, found in zip(data["x"], data["z"], joint, strict=True):
        h, g, forwards, backwards = np.tanh(z[-1]), z.sum(0), [], []
        for now in x:
            h = np.tanh(p["W"] @ h + now)
            forwards.append(h)
        for now in x[::-1]:
            g = sigmoid(p["Z"] @ g + now)
            backwards.append(g)
        np.testing.assert_allclose(found, np.concatenate([forwards, backwards[::-1]], axis=1), rtol=1e-12)


def test_an_init_is_taken_at_the_consumers_point() -> None:
    graph = EXAMPLES["delay"]()
    p, data = sample(graph)
    for x, found in zip(data["x"], interpret(graph, p, data, dims=DIMS)["h"], strict=True):
        h: list[Array] = []
        for t, now in enumerate(x, 1):
            far = h[t - 4] if t > 3 else p["a"] * (t - 3)
            h.append(np.sin(p["W"] @ far + (h[-1] if h else 0) + now))
        np.testing.assert_allclose(found, h, rtol=1e-12)


def test_a_ring_wraps_and_a_range_falls_off() -> None:
    graph = EXAMPLES["shifts"]()
    p, data = sample(graph)
    found = interpret(graph, p, data, dims=DIMS)
    for name, ring in (("wm", True), ("wk", False)):
        for x, got in zip(data["x"], found[name], strict=True):
            w = np.exp(p[f"start_{name}"]) / np.exp(p[f"start_{name}"]).sum()
            for t, now in enumerate(x):
                shares = np.exp(p["s"] @ now) / np.exp(p["s"] @ now).sum()
                padded = np.pad(w, 1, mode="wrap" if ring else "constant")
                moved = sum(shares[j + 1] * padded[1 - j : 5 - j] for j in (-1, 0, 1))
                w = moved**1.5 / (moved**1.5).sum()
                np.testing.assert_allclose(got[t], w, rtol=1e-12)


def test_only_the_branch_taken_is_evaluated() -> None:
    net = Net("Lazy")
    x = net.input("x", (T,))
    positive = net.op(Op.LESS, net.builder.const(0), x)
    beyond = net.op(Op.MAX, net.input("empty", (S,)), attr=Over((S,)))
    graph = net.finish(net.total(net.op(Op.WHERE, positive, x, beyond)))
    data = {"x": [np.array([1.0, 2.0])], "empty": [np.zeros(0)]}
    assert float(cast("Array", interpret(graph, {}, data, dims={})["loss"])) == 3
    with pytest.raises(ValueError, match="largest of no values"):
        interpret(graph, {}, {**data, "x": [np.array([-1.0])]}, dims={})


def test_points_of_outputs_come_in_the_order_of_their_declaration() -> None:
    net = Net("Order")
    z = net.input("z", (S, T), HIDDEN)
    graph = net.finish(net.total(z))
    outputs = {"a": OutputInfo("a", 0, (T, S)), "b": OutputInfo("b", 0, (S, T)), "c": OutputInfo("c", 0, (T, K, S))}
    _, data = sample(graph)
    found = interpret(replace(graph, outputs=outputs), {}, data, dims=DIMS)
    for given, a, b, c in zip(data["z"], found["a"], found["b"], found["c"], strict=True):
        np.testing.assert_array_equal(b, given)
        np.testing.assert_array_equal(a, given.swapaxes(0, 1))
        np.testing.assert_array_equal(c, np.repeat(a[:, None], 4, axis=1))


def test_families_count_from_the_start_of_their_range() -> None:
    net = Net("Family")
    net.output("w", net.param("w", over=(K,)))
    graph = net.finish(net.builder.const(2))
    found = interpret(graph, {"w": np.arange(4.0)}, {}, dims=DIMS)
    np.testing.assert_array_equal(cast("Array", found["w"]), np.arange(4.0))
    assert float(cast("Array", found["loss"])) == 2


def test_noise_is_the_identity_unless_masks_are_given() -> None:
    graph = EXAMPLES["clockwork"]()
    params, data = sample(graph)
    ones = [np.ones(n) for n in LENGTHS["t"]]
    quiet = interpret(graph, params, data, dims=DIMS)
    np.testing.assert_equal(interpret(graph, params, {**data, "drop": ones}, dims=DIMS), quiet)
    loud = interpret(graph, params, {**data, "drop": [3 * mask for mask in ones]}, dims=DIMS)
    assert float(cast("Array", loud["loss"])) != float(cast("Array", quiet["loss"]))


def test_lengths_come_from_the_data_or_the_call() -> None:
    graph = EXAMPLES["backward"]()
    _, data = sample(graph)
    assert measure(graph, data, DIMS).lengths == {name: list(values) for name, values in LENGTHS.items()}
    net = Net("Counted")
    counted = net.finish(net.total(net.op(Op.IOTA, attr=T)))
    assert float(cast("Array", interpret(counted, {}, {}, dims={}, lengths={"t": (3, 1)})["loss"])) == 7


def test_a_value_that_needs_itself_is_refused() -> None:
    net = Net("Loop")
    h = net.equation("h", (T,))
    net.define("h", net.add(net.read(h, shift(T, -1)), net.input("x", (T,))))
    graph = net.finish(net.total(h))
    number = graph.equations["h"].node
    for operands in ((number, 0), (graph.outputs["loss"].node, 0)):
        nodes = {**graph.nodes, number: replace(graph.nodes[number], operands=operands)}
        with pytest.raises(GraphError, match="needs itself"):
            interpret(replace(graph, nodes=nodes), {}, {"x": [np.ones(2)]}, dims={})


def test_a_value_of_another_shape_is_refused() -> None:
    graph = EXAMPLES["elman"]()
    params, data = sample(graph)
    with pytest.raises(GraphError, match="shape"):
        interpret(graph, {**params, "b": np.zeros(2)}, data, dims=DIMS)


def test_long_sequences() -> None:
    net = Net("Long")
    h = net.equation("h", (T,))
    net.define("h", net.add(net.read(h, shift(T, -1)), net.input("x", (T,))))
    graph = net.finish(net.total(h))
    assert float(cast("Array", interpret(graph, {}, {"x": [np.ones(3000)]}, dims={})["loss"])) == 3000 * 3001 / 2
