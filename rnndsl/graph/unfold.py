"""Unfolding: the plain acyclic graph of instances that a recurrence graph stands for, given lengths (`h@3 -> h@4`)."""

from collections.abc import Mapping, Sequence

import networkx as nx

from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Extents, Instance, Structure, instance, rows


def unfold(
    graph: RecurrenceGraph,
    lengths: Mapping[str, Sequence[int]],
    dims: Mapping[str, int],
    examples: int | None = None,
    structure: Mapping[str, Sequence[Structure]] | None = None,
) -> "nx.DiGraph[Instance]":
    """Return the instances that the outputs need; edges run from what is needed to what needs it.

    Args:
        graph: The graph.
        lengths: By sequence, one number per example.
        dims: The dimensions' numbers.
        examples: How many examples there are, where nothing else says it.
        structure: Of trees and dags, see `Extents`.

    Returns:
        A graph of `Instance`s; every node has a `label`: `h@3`, `h@(2,3)`, with more than one example `h@3#1`.
        Of a choice both branches are there, since the condition is not evaluated.

    Raises:
        GraphError: a value needs itself.
    """
    known = [len(values) for values in (*lengths.values(), *(structure or {}).values())]
    extents = Extents(dims, lengths, max(known, default=1) if examples is None else examples, structure or {})
    names = {info.node: info.name for info in graph.equations.values()}
    unfolded: nx.DiGraph[Instance] = nx.DiGraph()
    stack = _wanted(graph, extents)[::-1]
    while stack:
        at = stack.pop()
        if at in unfolded and "label" in unfolded.nodes[at]:
            continue
        unfolded.add_node(at, label=_label(graph, names, at, several=extents.examples > 1))
        needed = [operand for row in rows(graph, extents, at) for operand in row]
        unfolded.add_edges_from((operand, at) for operand in needed)
        stack.extend(reversed(needed))
    if not nx.is_directed_acyclic_graph(unfolded):
        at = nx.find_cycle(unfolded)[0][0]
        raise GraphError(f"its value at {at.point} needs itself: no order of evaluation exists", at.node)
    return unfolded


def _wanted(graph: RecurrenceGraph, extents: Extents) -> list[Instance]:
    """Return all points of all outputs."""
    found: dict[Instance, None] = {}
    for info in graph.outputs.values():
        ragged = graph.nodes[info.node].batch or any(index.ragged for index in info.domain)
        for example in range(extents.examples) if ragged else (None,):
            for env in extents.grid(info.domain, example):
                found[instance(graph, info.node, env, example)] = None
    return list(found)


def _label(graph: RecurrenceGraph, names: Mapping[int, str], at: Instance, *, several: bool) -> str:
    node = graph.nodes[at.node]
    name = names.get(at.node) or (node.attr if isinstance(node.attr, str) else node.op.value)
    place = ",".join(map(str, at.point))
    place = "" if not at.point else f"@({place})" if len(at.point) > 1 else f"@{place}"
    return f"{name}{place}" + (f"#{at.example + 1}" if several and at.example is not None else "")
