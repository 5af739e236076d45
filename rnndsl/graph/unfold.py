"""Unfolding: the plain acyclic graph of instances that a recurrence graph stands for, given lengths (`h@3 -> h@4`)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Extents, Instance, Structure, instance, rows
from rnndsl.indices import Domain
from rnndsl.ops import Op

if TYPE_CHECKING:
    import networkx as nx


class Quantity(NamedTuple):
    """A node as its reader knows it: a name, and the indices of its points as they stand in brackets."""

    name: str
    domain: Domain


def quantities(graph: RecurrenceGraph) -> dict[int, Quantity]:
    """Return what has a name of its own: inputs, targets and equations.

    Of several names of one node, such as those of cells' arguments, the outermost counts, then the first. A random
    equation bears the name of its target, which is data, so it is called its nll.
    """
    inputs = {info.name: info.domain for info in graph.inputs.values()}
    known = [
        (number, str(node.attr), inputs.get(str(node.attr), node.domain))
        for number, node in graph.nodes.items()
        if node.op is Op.INPUT
    ]
    known += [(info.node, _equation(info.name, graph), info.domain) for info in graph.equations.values()]
    found: dict[int, Quantity] = {}
    for number, name, written in sorted(known, key=lambda each: each[1].removesuffix(".nll").count(".")):
        own = graph.nodes[number].domain
        domain = (*(index for index in written if index in own), *(index for index in own if index not in written))
        found.setdefault(number, Quantity(name, domain))
    return found


def _equation(name: str, graph: RecurrenceGraph) -> str:
    """Return what an equation is called; the cotangent of a cell's argument that is data is that of the data."""
    base = name.removeprefix("d ")
    if base in graph.inputs:
        return f"{name}.nll"
    node = graph.nodes[graph.equations[base].node] if base in graph.equations else None
    return f"d {node.attr}" if node and node.op is Op.INPUT and base != name else name


def label(name: str, point: Sequence[int], example: int | None = None) -> str:
    """Return the name of an instance: `h@3`, `h@(2,3)`, `h@3#1` for the first example."""
    place = ",".join(map(str, point))
    place = "" if not point else f"@({place})" if len(point) > 1 else f"@{place}"
    return f"{name}{place}" + ("" if example is None else f"#{example + 1}")


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
        A graph of `Instance`s; every node has a `label`: `h@3`, `h@(2,3)` with the indices as in its equation's
        brackets, with more than one example `h@3#1`. Of a choice both branches are there.

    Raises:
        GraphError: a value needs itself.
    """
    import networkx as nx  # noqa: PLC0415 (compiling needs no networkx, which takes long to import)

    known = [len(values) for values in (*lengths.values(), *(structure or {}).values())]
    extents = Extents(dims, lengths, max(known, default=1) if examples is None else examples, structure or {})
    known_as = quantities(graph)
    unfolded: nx.DiGraph[Instance] = nx.DiGraph()
    stack = _wanted(graph, extents)[::-1]
    while stack:
        at = stack.pop()
        if at in unfolded and "label" in unfolded.nodes[at]:
            continue
        unfolded.add_node(at, label=_label(graph, known_as, at, several=extents.examples > 1))
        needed = [operand for row in rows(graph, extents, at) for operand in row]
        unfolded.add_edges_from((operand, at) for operand in needed)
        stack.extend(reversed(needed))
    _refuse_cycles(unfolded)
    return unfolded


def _refuse_cycles(unfolded: "nx.DiGraph[Instance]") -> None:
    import networkx as nx  # noqa: PLC0415 (as above)

    if not nx.is_directed_acyclic_graph(unfolded):
        at = nx.find_cycle(unfolded)[0][0]
        raise GraphError(f"its value at {at.point} needs itself: no order of evaluation exists", at.node)


def _wanted(graph: RecurrenceGraph, extents: Extents) -> list[Instance]:
    """Return all points of all outputs."""
    found: dict[Instance, None] = {}
    for info in graph.outputs.values():
        ragged = graph.nodes[info.node].batch or any(index.ragged for index in info.domain)
        for example in range(extents.examples) if ragged else (None,):
            for env in extents.grid(info.domain, example):
                found[instance(graph, info.node, env, example)] = None
    return list(found)


def _label(graph: RecurrenceGraph, known_as: Mapping[int, Quantity], at: Instance, *, several: bool) -> str:
    node = graph.nodes[at.node]
    name = node.attr if isinstance(node.attr, str) else node.op.value
    quantity = known_as.get(at.node, Quantity(name, node.domain))
    place = dict(zip(node.domain, at.point, strict=True))
    return label(quantity.name, [place[index] for index in quantity.domain], at.example if several else None)
