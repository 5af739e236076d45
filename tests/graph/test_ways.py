"""Along which sequences, and from which end, parts of a graph can be cut."""

import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.ways import WHOLE, Way, closes, goes, is_end, ways_of

HEAD = """
model Net(n = 2):
    index  s, t : sequence
    index  j : 1..2
    input  x[t], w[t], z[s] : n
    param  W : n, n
"""


def graph_of(*lines: str) -> RecurrenceGraph:
    return build(check(HEAD + "".join(f"    {line}\n" for line in lines)))


def names(graph: RecurrenceGraph, name: str) -> list[str]:
    """Return the ways of what computes an equation."""
    (component,) = (own for own in graph.components if graph.equations[name].node in own)
    return [f"{way.index.name if way.index else ''}{'+' if way.forward else '-'}" for way in ways_of(graph, component)]


@pytest.mark.parametrize(
    ("line", "ways"),
    [
        ("h[t] : n = tanh(W @ h[t-1] + x[t])", ["t+"]),
        ("h[t] : n = tanh(W @ h[t+1] + x[t])", ["t-"]),
        ("h[t] : n = tanh(sum(W @ h[t-j] over j) + x[t])", ["t+"]),
        ("h[t] : n = tanh(W @ x[t])", ["t+", "t-"]),
        ("h[s, t] : n = tanh(W @ h[s, t-1] + h[s-1, t] + x[t] + z[s])", ["s+", "t+"]),
        ("h[s, t] : n = tanh(W @ h[s-1, t+1] + x[t] + z[s])", ["s+", "t-"]),
        ("h[t] : n = softmax(x[t] over t)", []),
        ("h[t] : n = tanh(W @ h[t-1] + sum(x[t] over t))", ["t+"]),
    ],
)
def test_ways_of_equations(line: str, ways: list[str]) -> None:
    assert names(graph_of(line, "output h" + line[1 : line.index("]") + 1]), "h") == ways


def test_all_points_at_once_is_always_a_way() -> None:
    graph = graph_of("h[t] : n = softmax(x[t] over t)", "output h[t]")
    assert all(goes(graph, number, WHOLE) for number in graph.nodes)
    assert not any(closes(graph, number, WHOLE) for number in graph.nodes)


def test_sums_and_ends_close_the_sequence_that_they_run_over() -> None:
    graph = graph_of(
        "h[t] : n = tanh(x[t])", "a : n = sum(h[t] over t)", "b : n = last(h[t] over t)", "output a, b, h[t]"
    )
    s, t = (index for index in graph.indices if index.name in "st")
    a, b, h = (graph.outputs[name].node for name in "abh")
    assert [closes(graph, number, Way(t)) for number in (a, b, h)] == [True, True, False]
    assert [closes(graph, number, Way(t, forward=False)) for number in (a, b)] == [True, True]
    assert [closes(graph, number, Way(s)) for number in (a, b)] == [False, False]
    assert [is_end(graph.nodes[number], t) for number in (a, b, h)] == [False, True, False]
