"""The reference interpreter against plain loops, and its own manners."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import OutputInfo
from rnndsl.graph.instances import Structure
from rnndsl.graph.interpret import interpret, measure
from rnndsl.graph.meaning import sigmoid
from rnndsl.graph.node import Over
from rnndsl.graph.site import Array
from rnndsl.ops import Op
from tests.graph.examples import DIMS, EXAMPLES, HIDDEN, LENGTHS, STRUCTURE, C, K, N, Net, S, T, sample, shift
from tests.graph.trees import TREES

Edges = dict[tuple[int, int], Array]
State = tuple[Array, Array]
Shares = dict[int, Array]


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


def _gate(p: dict[str, Array], name: str, token: int, state: Array) -> Array:
    return np.asarray(_column(p[f"W_{name}"], token) + p[f"U_{name}"] @ state + p[f"b_{name}"])


def test_a_tree_lstm_is_what_recursion_computes() -> None:
    graph = TREES["tree_lstm"]()
    p, data = sample(graph)
    found = interpret(graph, p, data, dims=DIMS, structure=STRUCTURE)
    total = 0.0
    for example, children in enumerate(STRUCTURE["n"]):
        tokens = data["x"][example]
        forget: Edges = {}

        def state(node: int, children: Structure = children, x: Array = tokens, f: Edges = forget) -> State:
            below = [state(child) for child in children[node]]
            total = sum((h for _, h in below), np.zeros(3))
            i, o = (sigmoid(_gate(p, name, x[node], total)) for name in "io")
            c = i * np.tanh(_gate(p, "u", x[node], total))
            for place, (cell, h) in enumerate(below):
                f[node, place] = sigmoid(_gate(p, "f", x[node], h))
                c = c + f[node, place] * cell
            return c, o * np.tanh(c)

        states = [state(node) for node in range(len(children))]
        total += sum(_scores(p["V"] @ h + p["d"], y) for (_, h), y in zip(states, data["y"][example], strict=True))
        edges = [forget[key] for key in sorted(forget)]
        np.testing.assert_allclose(found["f"][example], np.reshape(edges, (len(edges), 3)), rtol=1e-12)
    assert float(cast("Array", found["loss"])) == pytest.approx(total, rel=1e-12)


def test_attention_over_the_children_of_a_dag() -> None:
    graph = TREES["dag"]()
    p, data = sample(graph)
    found = interpret(graph, p, data, dims=DIMS, structure=STRUCTURE)
    total = 0.0
    for children, x, weights in zip(STRUCTURE["d"], data["x"], found["weights"], strict=True):
        ends = np.cumsum([0, *map(len, children)])
        shares: Shares = {}

        def state(node: int, given: tuple[Structure, Array, Array] = (children, x, ends), to: Shares = shares) -> Array:
            children, x, ends = given
            edges = x[ends[node] : ends[node + 1]]
            below = np.reshape([np.tanh(state(c) + e) for c, e in zip(children[node], edges, strict=True)], (-1, 3))
            to[node] = np.exp(below @ p["v"]) / np.exp(below @ p["v"]).sum()
            place = np.arange(1, len(edges) + 1) / (len(edges) + 1)
            return sigmoid(p["W"] @ ((to[node] * place) @ below) + p["b"])

        total += sum(float(p["by"] @ state(node)) for node in range(len(children)))
        np.testing.assert_allclose(weights, np.concatenate([shares[node] for node in range(len(children))]))
    assert float(cast("Array", found["loss"])) == pytest.approx(total, rel=1e-12)


def test_up_and_down_a_tree() -> None:
    graph = TREES["downward"]()
    p, data = sample(graph)
    found = interpret(graph, p, data, dims=DIMS, structure=STRUCTURE)["down"]
    for children, x, down in zip(STRUCTURE["n"], data["x"], found, strict=True):

        def up(node: int, children: Structure = children, x: Array = x) -> Array:
            below = sum((up(child) for child in children[node]), np.zeros(3))
            return np.asarray(np.tanh(p["W"] @ below + x[node]))

        parents = {child: node for node, below in enumerate(children) for child in below}
        for node in range(len(children)):
            above = down[parents[node]] if node in parents else np.sin(up(node))
            np.testing.assert_allclose(down[node], np.tanh(p["V"] @ above + up(node)), rtol=1e-12)


def test_a_grid_is_what_two_loops_compute() -> None:
    graph = TREES["grid"]()
    p, data = sample(graph)
    found = interpret(graph, p, data, dims=DIMS)["h"]
    for x, grid in zip(data["x"], found, strict=True):
        h = np.zeros((x.shape[0] + 1, x.shape[1] + 1, 3))
        for t, s in np.ndindex(*x.shape[:2]):
            corner = h[t, s] if t and s else p["start"]
            h[t + 1, s + 1] = np.tanh(p["W"] @ (h[t, s + 1] + h[t + 1, s]) + corner + x[t, s])
        np.testing.assert_allclose(grid, h[1:, 1:], rtol=1e-12)


def test_trees_without_nodes_and_sequences_without_points() -> None:
    graph = TREES["tree_lstm"]()
    p, _ = sample(graph)
    none = {"x": [np.zeros(0, int)], "y": [np.zeros(0, int)]}
    found = interpret(graph, p, none, dims=DIMS, structure={"n": [[]]})
    assert float(cast("Array", found["loss"])) == 0
    assert found["f"][0].shape == (0, 3)
    graph = TREES["grid"]()
    p, _ = sample(graph)
    found = interpret(graph, p, {"x": [np.zeros((0, 4, 3))], "z": [np.zeros((4, 0))]}, dims=DIMS, outputs=["h"])
    assert found["h"][0].shape == (0, 4, 3)


def test_data_of_edges_have_one_axis_for_them() -> None:
    net = Net("Edges")
    x = net.input("x", (T, N, C, K))
    net.output("x", x)
    net.output("turned", net.mul(x, net.op(Op.IOTA, attr=C)))
    graph = net.finish(net.total(x))
    structure = {"n": STRUCTURE["n"][:2]}
    given = [np.arange(32.0).reshape(2, 4, 4), np.zeros((3, 0, 4))]
    found = interpret(graph, {}, {"x": given}, dims=DIMS, structure=structure)
    np.testing.assert_array_equal(found["x"][0], given[0])
    np.testing.assert_array_equal(found["turned"][0], given[0] * np.array([1, 1, 2, 3])[:, None])
    assert found["x"][1].shape == (3, 0, 4)
    assert measure(graph, {"x": given}, DIMS, structure=structure).lengths == {"t": [2, 3]}


def test_a_structure_with_a_cycle_has_no_order() -> None:
    graph = TREES["dag"]()
    p, _ = sample(graph)
    with pytest.raises(GraphError, match="needs itself"):
        interpret(graph, p, {"x": [np.zeros((2, 3))]}, dims=DIMS, structure={"d": [[[1], [0]]]})
