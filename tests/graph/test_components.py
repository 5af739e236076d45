"""Components are those that networkx finds, and stand in its order."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from rnndsl.graph.components import in_order, strong_components

EDGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


@given(EDGES)
def test_components_are_those_of_networkx_in_its_order(edges: list[tuple[int, int]]) -> None:
    network: nx.DiGraph[int] = nx.DiGraph(edges)
    needs = {number: list(network.predecessors(number)) for number in sorted(network)}
    found = [sorted(component) for component in strong_components(needs, needs.__getitem__)]
    condensed = nx.condensation(network, map(set, found))
    order = nx.lexicographical_topological_sort(condensed, key=lambda c: found[c][0])
    assert sorted(found) == sorted(map(sorted, nx.strongly_connected_components(network)))
    assert list(in_order(found, needs)) == [found[c] for c in order]


@given(EDGES)
def test_components_come_after_what_they_need(edges: list[tuple[int, int]]) -> None:
    network: nx.DiGraph[int] = nx.DiGraph(edges)
    found = strong_components(network, lambda number: list(network.predecessors(number)))
    place = {number: k for k, component in enumerate(found) for number in component}
    assert all(place[operand] <= place[user] for operand, user in edges)


def test_only_what_roots_need_is_searched() -> None:
    needs = {0: [1], 1: [0], 2: [0]}
    assert [sorted(component) for component in strong_components([1], needs.__getitem__)] == [[0, 1]]
