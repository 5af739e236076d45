"""Along which sequences a part of a graph can be cut: what it computes at a point needs nothing of later points.

"Later" is as the sequence is walked: seen from its end, the first point is the last one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, Over, ReadAt
from rnndsl.graph.offsets import access_offset
from rnndsl.graph.signatures import FOLDS
from rnndsl.indices import Access, Child, Domain, End, Index, Kind
from rnndsl.ops import DType, Op


@dataclass(frozen=True, slots=True)
class Way:
    """A sequence that is walked from its beginning, or else from its end; without one all points are there at once."""

    index: Index | None
    forward: bool = True


#: All points at once.
WHOLE = Way(None)


def ways_of(graph: RecurrenceGraph, members: Collection[int]) -> tuple[Way, ...]:
    """Return the ways that all members of a component can go, forward ones first."""
    shared = set[Index].intersection(*(set(graph.nodes[number].domain) for number in members))
    sequences = sorted((index for index in shared if index.kind is Kind.SEQUENCE), key=lambda index: index.sort_key)
    ways = [Way(index, forward) for forward in (True, False) for index in sequences]
    return tuple(way for way in ways if all(goes(graph, number, way) for number in members))


def goes(graph: RecurrenceGraph, number: int, way: Way) -> bool:
    """Tell whether a node can be computed from the points so far."""
    node, index = graph.nodes[number], way.index
    if index is None:
        return True
    match node.op, node.attr:
        case Op.READ, ReadAt(at):
            return all(_reads_back(graph, *pair, way) for pair in at)
        case Op.USES | Op.MISSING, Child() as child:
            return index not in child.slot.indices
        case op, Over(indices) if op in FOLDS:
            return index not in indices
        case Op.CONTRACT, _:
            return index in node.domain or index not in _domain(graph, node.operands)
        case _:
            return True


def _reads_back(graph: RecurrenceGraph, index: Index, access: Access, way: Way) -> bool:
    """Tell whether a read along an index stays where the way has come to; reads along others do not depend on it."""
    if index != way.index:
        return way.index not in access.indices
    step = None if isinstance(access, End) else access_offset(access, index, graph.dims)
    return step is not None and (step[1] <= 0 if way.forward else step[0] >= 0)


def closes(graph: RecurrenceGraph, number: int, way: Way) -> bool:
    """Tell whether a node is a sum over the sequence, or its end: made of all points, one after the other."""
    node, index = graph.nodes[number], way.index
    if index is None or index in node.domain or node.dtype is not DType.REAL:
        return False
    if node.op is Op.CONTRACT:
        return node.batch and index in _domain(graph, node.operands)
    return is_end(node, index) and index in graph.nodes[node.operands[0]].domain


def is_end(node: Node, index: Index) -> bool:
    """Tell whether a node reads the first or the last point of a sequence, and moves along nothing else."""
    at = node.attr.at if isinstance(node.attr, ReadAt) else ()
    return [(other, isinstance(access, End)) for other, access in at] == [(index, True)]


def _domain(graph: RecurrenceGraph, numbers: Iterable[int]) -> Domain:
    return tuple(index for number in numbers for index in graph.nodes[number].domain)
