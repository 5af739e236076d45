"""What equations and loops cost: products in every step, what is zero outside without being said, bytes on the tape.

Sizes stay formulas of the dimensions, unless these are given.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import prod
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, ReadAt
from rnndsl.graph.offsets import access_offset
from rnndsl.graph.unfold import quantities
from rnndsl.indices import Access, Affine, Domain, Index, Parent
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Loop, Place, Schedule, members
from rnndsl.sizes import Size

#: Bytes of a number on the tape, in float32.
BYTES: Final[Mapping[DType, int]] = {DType.REAL: 4, DType.INT: 8, DType.BOOL: 1}


# Products -------------------------------------------------------------------------------------------------------------


def step_products(schedule: Schedule, loop: Loop) -> tuple[str, ...]:
    """Return the products in every step of a loop with their sizes, as the schedule has them."""
    return write_products(schedule.graph, dict.fromkeys(members(loop)), loop.indices)


def write_products(graph: RecurrenceGraph, nodes: Iterable[int], walked: Domain) -> tuple[str, ...]:
    """Return the products among some nodes with their sizes, equal ones together; `walked` is fixed in a step."""
    found = Counter(_product(graph, number, walked) for number in nodes if _is_product(graph, number))
    return tuple(text if times == 1 else f"{times} of {text}" for text, times in found.items())


def cyclic_nodes(graph: RecurrenceGraph) -> frozenset[int]:
    """Return all nodes in cycles: what is computed step by step in any case."""
    return frozenset(node for part in graph.components if graph.is_cyclic(part) for node in part)


def own_nodes(graph: RecurrenceGraph, node: int) -> tuple[int, ...]:
    """Return the nodes of an equation: back from its own to what has a name itself, in the graph's order."""
    named = quantities(graph)
    found, waiting = {node}, [node]
    while waiting:
        more = {operand for operand in graph.nodes[waiting.pop()].operands if operand not in named} - found
        found |= more
        waiting += more
    return tuple(sorted(found))


def _is_product(graph: RecurrenceGraph, number: int) -> bool:
    """Tell a contraction of several operands from a sum of one, and from one of numbers."""
    node = graph.nodes[number]
    return node.op is Op.CONTRACT and len(node.operands) > 1 and bool(_letters(graph, number))


def _summed(graph: RecurrenceGraph, number: int) -> Domain:
    """Return the indices that a contraction sums over."""
    node = graph.nodes[number]
    varied = {index: None for operand in node.operands for index in graph.nodes[operand].domain}
    return tuple(index for index in varied if index not in node.domain)


def _letters(graph: RecurrenceGraph, number: int) -> dict[str, Size]:
    """Return the sizes of a contraction's value axes by letter, those of the result first, then those summed."""
    node = graph.nodes[number]
    labels = node.attr if isinstance(node.attr, Labels) else Labels((), "")
    given: dict[str, Size] = {}
    for operand, letters in zip(node.operands, labels.operands, strict=True):
        given |= dict(zip(letters, graph.nodes[operand].shape, strict=True))
    return {letter: given[letter] for letter in dict.fromkeys([*labels.out, *given])}


def _product(graph: RecurrenceGraph, number: int, walked: Domain) -> str:
    """Write a product: `U: 4*n x n`; `v: n for all s`, since a step has several; `n over all s`, which are summed."""
    node = graph.nodes[number]
    names = ", ".join(str(graph.nodes[o].attr) for o in node.operands if graph.nodes[o].op is Op.PARAM)
    text = f"{names}: " if names else ""
    text += " x ".join(_grouped(_known(graph, size)) for size in _letters(graph, number).values())
    lanes = ", ".join(index.name for index in node.domain if index not in walked)
    summed = ", ".join(index.name for index in _summed(graph, number))
    return text + (f" over all {summed}" if summed else "") + (f" for all {lanes}" if lanes else "")


def _grouped(size: Size) -> str:
    return f"({size})" if len(size.terms) > 1 else str(size)


def _known(graph: RecurrenceGraph, size: Size) -> Size:
    return size.substitute({name: Size.of(value) for name, value in graph.dims.items() if value is not None})


# What is zero outside -------------------------------------------------------------------------------------------------


def implicit_inits(graph: RecurrenceGraph, node: int) -> tuple[str, ...]:
    """Return what an equation reads that is zero outside its points since no init says otherwise: `h[t-1]`."""
    named = quantities(graph)
    found: dict[str, None] = {}
    for number in own_nodes(graph, node):
        attr, operands = graph.nodes[number].attr, graph.nodes[number].operands
        if not isinstance(attr, ReadAt) or len(operands) > 1 or operands[0] not in named:
            continue
        if any(_leaves(access, index, graph.dims) for index, access in attr.at):
            quantity, known = named[operands[0]], dict(attr.at)
            at = ", ".join(str(known.get(index, index.name)) for index in quantity.domain)
            found[f"{quantity.name}[{at}]"] = None
    return tuple(found)


def _leaves(access: Access, index: Index, dims: Mapping[str, int | None]) -> bool:
    """Tell whether an access is outside of the points for some of them."""
    if isinstance(access, Parent):
        return True
    return isinstance(access, Affine) and access_offset(access, index, dims) not in {(0, 0), None}


# The tape -------------------------------------------------------------------------------------------------------------


def tape_bytes(schedule: Schedule, node: int) -> Size | None:
    """Return the bytes per point that a node of the model keeps for the gradient in float32; None if it keeps none.

    A part of a larger buffer counts by itself.
    """
    whole = _buffer(schedule, node)
    if whole not in _read_by_gradient(schedule):
        return None
    return _bytes(schedule.graph, node)


def tape_totals(schedule: Schedule) -> tuple[tuple[Domain, Size], ...]:
    """Return by domain the bytes per point that the model keeps for the gradient in float32, without data."""
    totals: dict[Domain, Size] = {}
    for node in sorted(_read_by_gradient(schedule)):
        domain = tuple(index for index in schedule.graph.nodes[node].domain if index.ragged)
        if domain:
            totals[domain] = totals.get(domain, Size()) + _bytes(schedule.graph, node)
    return tuple(totals.items())


def _bytes(graph: RecurrenceGraph, number: int) -> Size:
    node = graph.nodes[number]
    ranges = [index.extent for index in node.domain if not index.ragged]
    return _known(graph, prod((*node.shape, *ranges), start=Size.of(BYTES[node.dtype])))


def _buffer(schedule: Schedule, number: int) -> int:
    """Return the node whose buffer a node's value is in."""
    storage = schedule.storage[number]
    while True:
        if storage.place is Place.VIEW:
            number = schedule.graph.nodes[number].operands[0]
        elif storage.into is not None and schedule.graph.nodes[storage.into].op is Op.CONCAT:
            number = storage.into
        else:
            return number
        storage = schedule.storage[number]


def _read_by_gradient(schedule: Schedule) -> frozenset[int]:
    """Return the model's own nodes whose buffers, with all points, are read by the gradient."""
    graph = schedule.graph
    used = (operand for operand, user in _edges(graph) if graph.nodes[user].adjoint)
    buffers = {_buffer(schedule, node) for node in used if not graph.nodes[node].adjoint}
    return frozenset(node for node in buffers if _is_kept(schedule, node))


def _edges(graph: RecurrenceGraph) -> Iterator[tuple[int, int]]:
    return ((operand, user) for user, node in graph.nodes.items() for operand in node.operands)


def _is_kept(schedule: Schedule, number: int) -> bool:
    node = schedule.graph.nodes[number]
    return (
        not node.adjoint
        and node.op is not Op.INPUT
        and node.batch
        and schedule.storage[number].place in {Place.TAPE, Place.WHOLE}
    )


def written(sizes: Iterable[tuple[Domain, Size]]) -> str:
    """Write bytes by domain: `28*n for every t, 4 for every t, s`."""
    return ", ".join(f"{size} for every {', '.join(index.name for index in domain)}" for domain, size in sizes)
