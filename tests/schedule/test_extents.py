"""Extents: points, numbers and steps of a batch."""

from typing import Final

from rnndsl.schedule.extents import Extents
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.plan import Loop
from tests.schedule.specs import TREE, graph_of, index_of, node_of

EXTENTS: Final = Extents(
    {"n": 4, "k": 3}, 5, {"t": 2.5, "s": 6.0, "m": 9.0}, {"m": 8 / 9}, {"t": 4, "s": 6, "m": 5}, {"m": 4 / 9}
)


def test_numbers_are_those_of_all_points() -> None:
    graph = graph_of("input x[t] : n", "param W : 2*n, n", "h[t, s, i] : 2*n = W @ x[t]", "output h[t, s, i]")
    matrix = next(number for number, node in graph.nodes.items() if node.attr == "W")
    h = node_of(graph, "h")
    assert EXTENTS.numbers(graph.nodes[matrix]) == 8 * 4
    assert EXTENTS.numbers(graph.nodes[h]) == EXTENTS.count(graph.nodes[h].domain, batch=True) * 8
    everywhere = [index_of(graph, name) for name in "tsi"]
    assert EXTENTS.count(everywhere, batch=True) == 5 * 2.5 * 6 * 3


def test_children_are_counted_by_node() -> None:
    graph = graph_of(*TREE, "input x[m] : n", "h[m] : n = tanh(sum(h[c] over c) + x[m])", "output h[m]")
    nodes, children = index_of(graph, "m"), index_of(graph, "c")
    assert EXTENTS.count((nodes, children), batch=True) == 5 * 8


def test_fronts_go_on_till_the_last_point() -> None:
    graph = graph_of("h[t, s] = tanh(h[t-1, s] + h[t, s-1])", "output h[t, s]")
    (loop,) = (step for step in make_loops(graph) if isinstance(step, Loop))
    assert EXTENTS.steps([loop.walk]) == 4 + 6 - 1
    assert EXTENTS.steps([((index_of(graph, "t"), 1),), ((index_of(graph, "i"), 1),)]) == 4 * 3
    assert EXTENTS.steps([]) == 1
