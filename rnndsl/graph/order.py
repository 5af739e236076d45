"""The order of nodes at one point: what is taken from other points left out, a legal graph has no cycles."""

from collections.abc import Sequence
from typing import Final

import networkx as nx

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op

#: Operators whose first operand is at other points.
MOVING: Final = frozenset({Op.READ, Op.USES})


def same_point(graph: RecurrenceGraph, members: Sequence[int] | None = None) -> "nx.DiGraph[int]":
    """Return the edges, among all nodes or some, along which a point needs the same point (a read's init is one)."""
    chosen = graph.nodes if members is None else {number: graph.nodes[number] for number in members}
    network: nx.DiGraph[int] = nx.DiGraph()
    network.add_nodes_from(chosen)
    for number, node in chosen.items():
        operands = node.operands[1:] if node.op in MOVING else node.operands
        network.add_edges_from((operand, number) for operand in operands if operand in chosen)
    return network


def same_point_order(graph: RecurrenceGraph, members: Sequence[int]) -> list[int]:
    """Return the members of a component so that, at a point, operands come before their users."""
    if len(members) == 1:
        return list(members)
    place = {number: k for k, number in enumerate(members)}
    return list(nx.lexicographical_topological_sort(same_point(graph, members), key=place.__getitem__))
