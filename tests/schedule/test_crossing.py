"""What crosses from chunk to chunk of a sequence on other indices, too; how it is kept and laid out."""

from collections.abc import Sequence

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.verify import verify_graph
from rnndsl.indices import Index
from rnndsl.ops import Op
from rnndsl.schedule.crossing import begin_others, find_crossing, goes_back
from rnndsl.schedule.plan import Place
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.verify import verify_schedule
from tests.schedule.specs import TREE, adjoint_of, graph_of, index_of, node_of, read_of

GRID = ("input x[t, s] : n", "h[t, s] : n = sin(h[t-1, s] + h[t, s-1] + x[t, s])", "output h[t, s]")


def named(graph: RecurrenceGraph, numbers: Sequence[int] | frozenset[int]) -> list[str]:
    names = {equation.node: equation.name for equation in graph.equations.values()}
    own = {n: str(node.attr) for n, node in graph.nodes.items() if node.op is Op.INPUT}
    return sorted((names | own)[number] for number in numbers)


CROSSING = {
    "grid": (GRID, ["h"]),
    "input": (("input x[t, s] : n", "output z[t, s] = x[t-2, s+1]"), ["x"]),
    "along the other one only": (("input x[t, s] : n", "h[t, s] : n = sin(h[t, s-1] + x[t, s])", "output h[t, s]"), []),
    "a sequence alone": (("input x[t] : n", "input w[s] : n", "output z[t, s] = x[t-1] + w[s]"), []),
    "a range": (("input x[t, i] : n", "output z[t, i] = x[t-1, i]"), []),
    "a range of delays": (("input x[t, s] : n", "output z[t, s] = sum(x[t-i, s] over i)"), ["x"]),
    "nodes": ((*TREE, "input x[t, m] : n", "h[t, m] : n = sin(h[t-1, m] + x[t, m])", "output h[t, m]"), ["h"]),
    "edges": ((*TREE, "input x[t, m, c] : n", "output z[t, m] = sum(x[t-1, m, c] over c)"), ["x"]),
}


@pytest.mark.parametrize(("lines", "names"), CROSSING.values(), ids=CROSSING.keys())
def test_what_crosses(lines: tuple[str, ...], names: list[str]) -> None:
    schedule = make_schedule(graph_of(*lines), "t")
    verify_schedule(schedule)
    graph, layouts = schedule.graph, schedule.layouts
    assert named(graph, schedule.crossing) == names
    assert find_crossing(graph, index_of(graph, "t"), layouts) == schedule.crossing
    assert not find_crossing(graph, None, layouts)
    kept = [schedule.storage[number] for number in schedule.crossing]
    assert all(one.halo and one.handed_on and one.place in {Place.WHOLE, Place.TAPE} for one in kept)
    assert {schedule.layouts[number] for number in schedule.crossing} == schedule.borders


def test_reads_that_go_back() -> None:
    graph = graph_of(*GRID)
    t, s, h = index_of(graph, "t"), index_of(graph, "s"), node_of(graph, "h")
    back = [n for n in graph.readers[h] if goes_back(graph, n, t)]
    assert len(back) == 1
    assert not goes_back(graph, back[0], s)
    assert not goes_back(graph, h, t)
    other = graph_of("input x[t] : n", "output z[t] = x[t+1]")
    assert not goes_back(other, read_of(other, "x", 1), index_of(other, "t"))


def test_gradients_stop_at_the_border() -> None:
    schedule = make_schedule(adjoint_of(*GRID[:2], "loss sum(h[t, s] @ h[t, s] over t, s)"), "t")
    assert named(schedule.graph, schedule.crossing) == ["h"]


def test_without_a_stream_nothing_is_kept_for_it() -> None:
    schedule = make_schedule(graph_of(*CROSSING["input"][0]), "t")
    (x,) = schedule.crossing
    plain = make_schedule(schedule.graph)
    assert (plain.stream, plain.crossing, plain.borders) == (None, frozenset(), frozenset())
    assert (schedule.storage[x].halo, plain.storage[x].halo) == (True, False)


# The beginning --------------------------------------------------------------------------------------------------------


def conditions(graph: RecurrenceGraph) -> list[str]:
    return sorted(
        node.attr.name for node in graph.nodes.values() if node.op is Op.FRESH and isinstance(node.attr, Index)
    )


@pytest.mark.parametrize("init", ["init h = w", "init h[t, s] = w * s * t"])
def test_along_other_indices_every_call_begins(init: str) -> None:
    lines = ("input x[t, s] : n", "param w : n", "h[t, s] : n = sin(h[t-1, s] + h[t, s-1] + x[t, s])", init)
    graph = adjoint_of(*lines, "loss sum(h[t, s] @ h[t, s] over t, s)")
    assert conditions(graph) == ["s", "t"]
    for name in "ts":
        settled = begin_others(graph, index_of(graph, name))
        verify_graph(settled)
        assert conditions(settled) == [name]
    assert begin_others(graph, None) is graph
    chain = graph_of("input x[t] : n", "output z[t] = x[t-1]")
    assert begin_others(chain, index_of(chain, "t")) is chain
