"""Cycles become loops, one for each component, that walk the way their reads point."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.loops import find_unordered, make_loops
from rnndsl.schedule.plan import Evaluate, Loop, spots_in
from tests.schedule.specs import THIRD, TREE, adjoint_of, graph_of, loops_of, node_of, order_of

RNN = ("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "loss sum(sum(h[t]) over t)")
PROGRAMS = {
    "one way": RNN,
    "both ways": (
        "input x[t] : n",
        "h[t] : n = tanh(h[t-1] + x[t])",
        "g[t] : n = tanh(g[t+2] * x[t])",
        "output z[t] = h[t] + g[t]",
    ),
    "range in sequence": ("input x[t] : n", "h[t, i] : n = tanh(h[t-1, i] + h[t, i-1] + x[t])", "output h[t, i]"),
}


def shape(graph: RecurrenceGraph) -> list[tuple[str, bool]]:
    """Return index and direction of the outermost loops."""
    return [(loop.index.name, loop.forward) for loop in loops_of(make_loops(graph))]


def assert_operands_come_first(graph: RecurrenceGraph, nodes: list[int]) -> None:
    place = {number: k for k, number in enumerate(nodes)}
    for number in nodes:
        if graph.nodes[number].op is not Op.READ:
            assert all(place[operand] < place[number] for operand in graph.nodes[number].operands)


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_every_node_is_evaluated_once_and_after_its_operands(lines: tuple[str, ...]) -> None:
    graph = graph_of(*lines)
    order = order_of(make_loops(graph))
    assert sorted(order) == sorted(graph.nodes)
    assert_operands_come_first(graph, order)


def test_directions() -> None:
    assert shape(graph_of(*RNN)) == [("t", True)]
    assert sorted(shape(graph_of(*PROGRAMS["both ways"]))) == [("t", False), ("t", True)]
    assert shape(graph_of("input x[t] : n", "output z[t] = tanh(x[t-1])")) == []


def test_the_adjoint_walks_back() -> None:
    assert shape(adjoint_of(*RNN)) == [("t", True), ("t", False)]


def test_states_that_need_one_another_share_a_loop() -> None:
    lines = ("input x[t] : n", "a[t] : n = b[t-1] + x[t]", "b[t] : n = sin(a[t])", "output b[t]")
    graph = graph_of(*lines)
    (loop,) = loops_of(make_loops(graph))
    body = order_of((loop,))
    assert {node_of(graph, "a"), node_of(graph, "b")} <= set(body)
    assert (
        len(
            loops_of(
                make_loops(graph_of(*lines[:1], "a[t] : n = a[t-1] + x[t]", "b[t] : n = b[t-1] + a[t]", "output b[t]"))
            )
        )
        == 2
    )


def test_what_is_cyclic_at_one_point_is_a_loop_inside() -> None:
    graph = graph_of(*PROGRAMS["range in sequence"])
    (outer,) = loops_of(make_loops(graph))
    (inner,) = loops_of(outer.body)
    assert (outer.index.name, inner.index.name) == ("t", "i")
    assert outer.number != inner.number
    assert node_of(graph, "h") in order_of((inner,))


def test_a_range_alone_is_a_loop() -> None:
    assert shape(graph_of("input x[i] : n", "h[i] : n = h[i+1] + x[i]", "output h[i]")) == [("i", False)]


def test_neighbours_of_the_step_before_need_no_inner_loop() -> None:
    graph = graph_of("input x[t, i] : scalar", "h[t, i] = h[t-1, i-1] + h[t-1, i+1] + x[t, i]", "output h[t, i]")
    (loop,) = loops_of(make_loops(graph))
    assert loops_of(loop.body) == []


def test_chains_need_no_recursion() -> None:
    lines = [f"a_{k}[t] = sin(a_{k - 1}[t])" for k in range(1, 3000)]
    graph = graph_of("input x[t] : n", "a_0[t] : n = x[t] + a_2999[t-1]", *lines, "output a_2999[t]")
    (loop,) = loops_of(make_loops(graph))
    assert len(loop.body) > 3000
    assert all(isinstance(step, Evaluate) for step in loop.body)


def test_what_has_no_direction_is_refused() -> None:
    graph = graph_of("input x[t] : n", "a[t] : n = b[t+1] + x[t]", "b[t] : n = sin(a[t-2])", "output b[t]")
    with pytest.raises(SpecError, match="RNN490"):
        make_loops(graph)


def test_loops_are_numbered_apart() -> None:
    numbers: list[int] = []

    def collect(loop: Loop) -> None:
        numbers.append(loop.number)
        for inner in loops_of(loop.body):
            collect(inner)

    for loop in loops_of(make_loops(adjoint_of(*PROGRAMS["range in sequence"][:2], "loss sum(sum(h[t, k]) over t)"))):
        collect(loop)
    assert len(numbers) == len(set(numbers)) == 4


# Fronts ---------------------------------------------------------------------------------------------------------------

X, M = "input x[t, s] : n", "input x[m] : n"

#: Equations of h, and the one walk that orders them: how far every index goes on, whether forward, whether in slices.
WALKS: dict[str, tuple[tuple[str, ...], tuple[dict[str, int], bool, bool]]] = {
    "grid": ((X, "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + x[t, s])"), ({"t": 1, "s": 1}, True, False)),
    "knight": ((X, "h[t, s] : n = tanh(h[t-1, s+1] + h[t, s-1] + x[t, s])"), ({"t": 2, "s": 1}, True, False)),
    "two to the right": ((X, "h[t, s] : n = tanh(h[t-1, s+2] + h[t, s-1] + x[t, s])"), ({"t": 3, "s": 1}, True, False)),
    "far": ((X, "h[t, s] : n = tanh(h[t-2, s] + h[t-1, s-3] + h[t, s-1] + x[t, s])"), ({"t": 1, "s": 1}, True, False)),
    "diagonal alone": ((X, "h[t, s] : n = tanh(h[t-1, s-1] + x[t, s])"), ({"t": 1}, True, True)),
    "other diagonal alone": ((X, "h[t, s] : n = tanh(h[t-1, s+1] + x[t, s])"), ({"t": 1}, True, True)),
    "rows": ((X, "h[t, s] : n = tanh(h[t, s-1] + x[t, s])"), ({"s": 1}, True, True)),
    "rows back": ((X, "h[t, s] : n = tanh(h[t, s+1] + x[t, s])"), ({"s": 1}, False, True)),
    "from the end": ((X, "h[t, s] : n = tanh(h[t+1, s] + h[t, s+1] + x[t, s])"), ({"t": 1, "s": 1}, False, False)),
    "upwards": ((X, "h[t, s] : n = tanh(h[t+1, s] + h[t, s-1] + x[t, s])"), ({"t": 1, "s": -1}, False, False)),
    "leftwards": ((X, "h[t, s] : n = tanh(h[t-1, s] + h[t, s+1] + x[t, s])"), ({"t": 1, "s": -1}, True, False)),
    "convolution": (
        (X, "h[t, s] : n = tanh(sum(h[t-i, s] over i) + h[t, s-1] + x[t, s])"),
        ({"t": 1, "s": 1}, True, False),
    ),
    "volume": (
        (
            THIRD,
            "input x[t, s, u] : n",
            "h[t, s, u] : n = tanh(h[t-1, s, u] + h[t, s+1, u] + h[t, s, u-1] + x[t, s, u])",
        ),
        ({"t": 1, "s": -1, "u": 1}, True, False),
    ),
    "planes of a volume": (
        (THIRD, "input x[t, s, u] : n", "h[t, s, u] : n = tanh(h[t-1, s, u] + h[t, s, u-1] + x[t, s, u])"),
        ({"t": 1, "u": 1}, True, False),
    ),
    "from the leaves": ((*TREE, M, "h[m] : n = tanh(sum(h[c] over c) + x[m])"), ({"m": 1}, True, False)),
    "by place": ((*TREE, M, "h[m] : n = tanh(h[child(m, 1)] + h[child(m, 2)] + x[m])"), ({"m": 1}, True, False)),
    "from the root": ((*TREE, M, "h[m] : n = tanh(h[parent(m)] + x[m])"), ({"m": 1}, False, False)),
    "from the leaves in time": (
        (*TREE, "input x[m, t] : n", "h[m, t] : n = tanh(sum(h[c, t] over c) + h[m, t-1] + x[m, t])"),
        ({"t": 1, "m": 1}, True, False),
    ),
    "from the leaves back in time": (
        (*TREE, "input x[m, t] : n", "h[m, t] : n = tanh(sum(h[c, t] over c) + h[m, t+1] + x[m, t])"),
        ({"t": -1, "m": 1}, True, False),
    ),
    "from the root in time": (
        (*TREE, "input x[m, t] : n", "h[m, t] : n = tanh(h[parent(m), t] + h[m, t-1] + x[m, t])"),
        ({"t": -1, "m": 1}, False, False),
    ),
    "attention": (
        ("input a[s] : n", "w[t, s] = softmax(h[t-1] @ a[s] over s)", "h[t] : n = tanh(sum(w[t, s] * a[s] over s))"),
        ({"t": 1}, True, True),
    ),
    "attention by place": (
        (X, "w[t, s] = w[t-1, s-1] + w[t-1, s+1] + h[t-1] @ x[t, s]", "h[t] : n = tanh(sum(w[t, s] * x[t, s] over s))"),
        ({"t": 1}, True, True),
    ),
    "first of the row before": (
        (X, "h[t, s] : n = tanh(h[t-1, s] + first(h[t-1, s] over s) + x[t, s])"),
        ({"t": 1}, True, True),
    ),
}
every_walk = pytest.mark.parametrize(("lines", "walk"), WALKS.values(), ids=WALKS.keys())


def walk_of(loop: Loop) -> tuple[dict[str, int], bool, bool]:
    """Return what a loop walks, and how."""
    return {index.name: weight for index, weight in loop.walk}, loop.forward, loop.sliced


def result(lines: tuple[str, ...]) -> str:
    """Return the left side of the last equation: `h[t, s]`."""
    return lines[-1].split(" :")[0]


@every_walk
def test_one_walk_orders_a_cycle(lines: tuple[str, ...], walk: tuple[dict[str, int], bool, bool]) -> None:
    (loop,) = loops_of(make_loops(graph_of(*lines, f"output {result(lines)}")))
    assert walk_of(loop) == walk
    assert loops_of(loop.body) == []


@every_walk
def test_its_adjoint_is_walked_the_other_way(lines: tuple[str, ...], walk: tuple[dict[str, int], bool, bool]) -> None:
    named = result(lines)
    graph = adjoint_of(*lines, f"loss sum(sum({named}) over {named.partition('[')[2].rstrip(']')})")
    forward, backward = loops_of(make_loops(graph))
    weights, way, sliced = walk
    assert (walk_of(forward), walk_of(backward)) == (walk, (weights, not way, sliced))


def test_ranges_of_a_grid_are_loops_inside_its_fronts() -> None:
    graph = graph_of(
        X, "h[t, s, i] : n = tanh(h[t-1, s, i] + h[t, s-1, i] + h[t, s, i-1] + x[t, s])", "output h[t, s, i]"
    )
    (outer,) = loops_of(make_loops(graph))
    (inner,) = loops_of(outer.body)
    assert walk_of(outer) == ({"t": 1, "s": 1}, True, False)
    assert walk_of(inner) == ({"i": 1}, True, True)


def test_two_quantities_have_walks_of_their_own() -> None:
    graph = graph_of(
        X, "g[t, s] : n = tanh(g[t, s-1] + x[t, s])", "h[t, s] : n = tanh(h[t-1, s] + g[t, s])", "output h[t, s]"
    )
    assert [walk_of(loop) for loop in loops_of(make_loops(graph))] == [({"s": 1}, True, True), ({"t": 1}, True, True)]


# Walks inside the steps of others -------------------------------------------------------------------------------------

NESTED: dict[str, tuple[tuple[str, ...], tuple[dict[str, int], bool, tuple[tuple[dict[str, int], bool], ...]]]] = {
    "three to the right": (
        (X, "h[t, s] : n = tanh(h[t-1, s+3] + h[t, s-1] + x[t, s])"),
        ({"t": 1}, True, (({"s": 1}, True),)),
    ),
    "a walk inside another": (
        (X, "h[t, s] : n = tanh(h[t, s-1] + last(h[t-1, s] over s) + x[t, s])"),
        ({"t": 1}, True, (({"s": 1}, True),)),
    ),
    "fronts and whole rows": (
        (X, "h[t, s] : n = tanh(h[t+1, s] + h[t, s-1] + sum(h[t+1, s] over s) + x[t, s])"),
        ({"t": 1}, False, (({"s": 1}, True),)),
    ),
    "rows of a tree": (
        (*TREE, "input x[m, t] : n", "h[m, t] : n = tanh(sum(last(h[c, t] over t) over c) + h[m, t-1] + x[m, t])"),
        ({"m": 1}, True, (({"t": 1}, True),)),
    ),
    "there and back": (
        (
            X,
            "f[t, s] : n = tanh(f[t, s-1] + h[t-1] + x[t, s])",
            "g[t, s] : n = tanh(g[t, s+1] + f[t, s])",
            "h[t] : n = tanh(first(g[t, s] over s))",
        ),
        ({"t": 1}, True, (({"s": 1}, True), ({"s": 1}, False))),
    ),
    "a grid in every step": (
        (
            THIRD,
            "input x[t, s, u] : n",
            "f[t, s, u] : n = tanh(f[t, s-1, u] + f[t, s, u-1] + h[t-1] + x[t, s, u])",
            "h[t] : n = tanh(sum(f[t, s, u] over s, u))",
        ),
        ({"t": 1}, True, (({"s": 1, "u": 1}, True),)),
    ),
}
every_nested = pytest.mark.parametrize(("lines", "walks"), NESTED.values(), ids=NESTED.keys())


def inside_of(loop: Loop) -> tuple[tuple[dict[str, int], bool], ...]:
    """Return the walks inside a loop, and which way they go."""
    return tuple(({index.name: weight for index, weight in inner.walk}, inner.forward) for inner in loop.inside)


@every_nested
def test_walks_inside_the_steps_of_another_are_one_loop(
    lines: tuple[str, ...], walks: tuple[dict[str, int], bool, tuple[tuple[dict[str, int], bool], ...]]
) -> None:
    graph = graph_of(*lines, f"output {result(lines)}")
    (loop,) = loops_of(make_loops(graph))
    assert (*walk_of(loop)[:2], inside_of(loop)) == walks
    assert not loop.sliced
    assert_operands_come_first(graph, order_of(make_loops(graph)))


@every_nested
def test_their_adjoints_go_the_other_way_from_the_last_to_the_first(
    lines: tuple[str, ...], walks: tuple[dict[str, int], bool, tuple[tuple[dict[str, int], bool], ...]]
) -> None:
    named = result(lines)
    graph = adjoint_of(*lines, f"loss sum(sum({named}) over {named.partition('[')[2].rstrip(']')})")
    _, backward = loops_of(make_loops(graph))
    weights, forward, inside = walks
    assert walk_of(backward)[:2] == (weights, not forward)
    assert inside_of(backward) == tuple((own, not way) for own, way in reversed(inside))


def test_what_comes_between_walks_has_its_spot() -> None:
    graph = graph_of(*NESTED["there and back"][0], "output h[t]")
    (loop,) = loops_of(make_loops(graph))
    spots = spots_in(loop)
    assert {name: spots[node_of(graph, name)] for name in "fgh"} == {"f": (0, 0), "g": (1, 0), "h": (2,)}
    before = [number for number, node in graph.nodes.items() if node.op is Op.READ and spots.get(number) == (0,)]
    assert len(before) == 1  # h[t-1]


def test_walks_may_be_three_deep() -> None:
    graph = graph_of(
        THIRD,
        "input x[t, s, u] : n",
        "f[t, s, u] : n = tanh(f[t, s, u-1] + g[t, s-1] + x[t, s, u])",
        "g[t, s] : n = tanh(last(f[t, s, u] over u) + h[t-1])",
        "h[t] : n = last(g[t, s] over s)",
        "output h[t]",
    )
    (loop,) = loops_of(make_loops(graph))
    assert [index.name for index in loop.stepped] == ["t", "s", "u"]
    assert spots_in(loop)[node_of(graph, "f")] == (0, 0, 0)
    assert spots_in(loop)[node_of(graph, "g")] == (0, 1)


#: A walk along s in every step along i: no walks are in the steps of one along a range.
REFUSED = ("input x[s, i] : n", "h[s, i] : n = tanh(h[s-1, i] + last(h[s, i-1] over s) + x[s, i])", "output h[s, i]")


def test_what_no_walks_order_is_refused_where_it_stands() -> None:
    graph = graph_of(*REFUSED)
    with pytest.raises(SpecError, match="RNN490") as caught:
        make_loops(graph)
    (found,) = caught.value.diagnostics
    assert found.span.line == 5
    assert found.message == "no walks along its indices order this cycle: not supported yet"
    assert found.help is not None


def test_cycles_that_no_walks_order_are_found() -> None:
    graph = graph_of("w[t] : n = cos(w[t-1])", *REFUSED, "output w[t]")
    (members,) = find_unordered(graph)
    assert node_of(graph, "h") in members
    assert node_of(graph, "w") not in members
    assert not list(find_unordered(graph_of(*NESTED["there and back"][0], "output h[t]")))


def test_of_a_cycle_inside_a_walk_only_that_is_found() -> None:
    graph = graph_of(
        "input x[t, s] : n",
        "f[t, s, i] : n = tanh(f[t, s-1, i] + x[t, s])",
        "init f[t, s, i] = g[t, i-1]",
        "g[t, i] : n = last(f[t, s, i] over s) + h[t-1]",
        "h[t] : n = g[t, 1] + g[t, 2]",
        "output h[t]",
    )
    (members,) = find_unordered(graph)
    assert {node_of(graph, "f"), node_of(graph, "g")} < set(members)
    assert node_of(graph, "h") not in members
