"""Spare buffers: those that nobody reads any more when a call is done, so that a result can be laid out in one."""

from collections.abc import Mapping

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import DType
from rnndsl.schedule.layouts import Layouts
from rnndsl.schedule.plan import Place, Storage


def find_spare(graph: RecurrenceGraph, storage: Mapping[int, Storage], layouts: Layouts) -> tuple[int, ...]:
    """Return the owners of buffers of real numbers by point that hold nothing which is returned, or handed on."""
    owners, stay = dict[int, None](), set[int]()
    for number, node in graph.nodes.items():
        owner = _owner(graph, storage, number)
        if number in graph.returned or storage[number].handed_on:
            stay.add(owner)
        layout = layouts[owner]
        if storage[owner].place in {Place.WHOLE, Place.TAPE} and node.dtype is DType.REAL and layout and layout.chain:
            owners[owner] = None
    return tuple(owner for owner in owners if owner not in stay)


def _owner(graph: RecurrenceGraph, storage: Mapping[int, Storage], number: int) -> int:
    """Return the node that owns the buffer which a value is in, or part of."""
    while storage[number].place is Place.VIEW and graph.nodes[number].operands:
        number = graph.nodes[number].operands[0]
    while (user := storage[number].into) is not None:
        number = user
    takes = storage[number].takes
    return number if takes is None else takes
