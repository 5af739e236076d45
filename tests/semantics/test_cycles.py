"""Components, levels and single cycles of small graphs."""

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.indices import Index, Kind
from rnndsl.semantics.cycles import components, cycle_through, find_levels, restrict
from rnndsl.semantics.dependence import Edge

T = Index("t", Kind.SEQUENCE, 0)


def graph(*reads: tuple[str, str, int]) -> dict[str, list[Edge]]:
    edges: dict[str, list[Edge]] = {name: [] for one in reads for name in one[:2]}
    for consumer, producer, offset in reads:
        edges[consumer].append(Edge(consumer, producer, {T: (offset, offset)}, NOWHERE))
    return edges


def weight(edge: Edge) -> float:
    return edge.offset(T)[1]


def test_components_hold_cycles_only() -> None:
    edges = graph(("a", "b", 0), ("b", "c", 0), ("c", "b", 0), ("d", "d", 0), ("e", "a", 0))
    assert components(edges) == [["b", "c"], ["d"]]


def test_a_long_chain_does_not_recurse() -> None:
    chain = [(f"n{i}", f"n{i + 1}", 0) for i in range(20_000)]
    assert components(graph(*chain)) == []
    assert len(components(graph(*chain, ("n20000", "n0", -1)))[0]) == 20_001


def test_levels_satisfy_every_edge() -> None:
    edges = graph(("a", "b", 2), ("b", "c", -1), ("c", "a", -1), ("c", "b", -3))
    found = find_levels(edges, weight)
    assert found.cycle is None
    for leaving in edges.values():
        for edge in leaving:
            assert found.level[edge.consumer] >= found.level[edge.producer] + weight(edge)


def test_a_positive_cycle_is_returned() -> None:
    edges = graph(("a", "b", -1), ("b", "a", 3), ("b", "c", -1), ("c", "b", 0))
    cycle = find_levels(edges, weight).cycle
    assert cycle is not None
    assert sum(weight(edge) for edge in cycle) > 0
    assert all(one.producer == after.consumer for one, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True))


def test_a_cycle_through_an_edge_is_short() -> None:
    edges = graph(("a", "b", 0), ("b", "c", 0), ("c", "d", 0), ("d", "a", 0), ("b", "a", 0))
    assert [edge.producer for edge in cycle_through(edges["a"][0], edges)] == ["b", "a"]
    assert [edge.producer for edge in cycle_through(edges["c"][0], edges)] == ["d", "a", "b", "c"]


def test_restriction_keeps_edges_inside() -> None:
    edges = graph(("a", "b", 0), ("b", "a", 1), ("b", "c", 0), ("c", "b", 0))
    assert restrict(edges, ["a", "b"], lambda edge: edge.here) == {"a": [edges["a"][0]], "b": []}
