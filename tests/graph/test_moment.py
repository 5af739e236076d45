"""One point as a graph: evaluated by the interpreter point after point it gives what the whole gives."""

from typing import Any

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.moment import Moment, given_name, left_name, make_moment
from rnndsl.graph.verify import verify_graph
from rnndsl.indices import Index
from rnndsl.ops import Op

HEAD = "model Net(n = 2):\n    index t : sequence\n    index i : 1..2\n    input x[t] : n\n    param W : n, n\n"


def graph_of(*lines: str) -> RecurrenceGraph:
    return build(check(HEAD + "".join(f"    {line}\n" for line in lines)))


def moment_of(graph: RecurrenceGraph) -> Moment | None:
    stream = next(index for index in graph.indices if index.name == "t")
    named = {info.node: info.name for info in graph.equations.values()}
    read = [node.operands[0] for node in graph.nodes.values() if node.op is Op.READ]
    names = {number: str(named.get(number, graph.nodes[number].attr)) for number in read}
    return make_moment(graph, stream, names, [n for n, node in graph.nodes.items() if node.op is Op.CONTRACT])


def has_sequence(graph: RecurrenceGraph) -> bool:
    indices: list[Index] = [index for node in graph.nodes.values() for index in node.domain]
    return any(index.ragged for index in (*indices, *graph.indices))


def test_point_after_point_is_the_whole() -> None:
    graph = graph_of(
        "param a[i] : n",
        "h[t] : n = tanh(W @ h[t-1] + h[t-3] + x[t])",
        "g[i, t] : n = 0.5 * g[i, t-1] + dropout(h[t], 0.5) * a[i]",
        "output h[t]",
        "output z[t] = sum(g[i, t] over i) + x[t-1]",
    )
    moment = moment_of(graph)
    assert moment is not None
    verify_graph(moment.graph)
    assert not has_sequence(moment.graph)
    assert {name: list(delays) for name, delays in moment.states.items()} == {"h": [1, 3], "g": [1], "x": [1]}
    assert [moment.graph.nodes[number].attr for number in moment.recurrent] == ["W"]
    rng = np.random.default_rng(0)
    params, x = {"W": rng.normal(size=(2, 2)), "a": rng.normal(size=(2, 2))}, rng.normal(size=(5, 2))
    whole: dict[str, Any] = dict(interpret(graph, params, {"x": [x]}, dims={"n": 2}))
    past: dict[str, list[Any]] = {"h": [np.zeros(2)] * 3, "g": [np.zeros((2, 2))], "x": [np.zeros(2)]}
    for t, point in enumerate(x):
        given = {given_name(n, k): [past[n][-k]] for n, delays in moment.states.items() for k in delays}
        found: dict[str, Any] = dict(interpret(moment.graph, params, {"x": [point], **given}, dims={"n": 2}))
        for name in ("h", "z"):
            np.testing.assert_allclose(found[name][0], whole[name][0][t], rtol=1e-13)
        past = {name: [*own, found[left_name(name)][0]] for name, own in past.items()}


@pytest.mark.parametrize(
    "lines",
    [
        ("output h[t] = x[t] * t",),
        ("e = sum(x[t] @ x[t] over t)", "output h[t] = e * x[t]"),
        ("h[t] : n = h[t-1] + x[t]", "output z = last(h)"),
        ("h[i, t] : n = h[i-1, t] + h[i, t-1] + x[t]", "output h[i, t]"),
    ],
    ids=["place", "sum", "last", "cycle in a point"],
)
def test_what_needs_more_than_a_point_has_none(lines: tuple[str, ...]) -> None:
    assert moment_of(graph_of(*lines)) is None
