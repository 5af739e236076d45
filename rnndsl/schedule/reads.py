"""Reads in the forms that code generation knows, made so before scheduling.

After `split_reads` every READ is one of: a shift of one sequence (`t - 1`, or `t - k` with a range index k), an end or
a fixed point of one sequence, or an access along ranges only. What was mixed is taken apart, and an init that cannot
stand in a halo (because it varies along the sequence, or differs between two readers) becomes a `WHERE`.
"""

from dataclasses import replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, ReadAt
from rnndsl.indices import Access, Affine, Index
from rnndsl.ops import Op


def split_reads(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with simple reads only."""
    builder = Builder.of(graph)
    first_init: dict[tuple[int, Index], tuple[int, ...]] = {}
    for number, node in graph.nodes.items():
        if node.op is Op.READ and isinstance(node.attr, ReadAt):
            builder.span, builder.adjoint = node.span, node.adjoint
            value = _split(builder, node, node.attr, first_init)
            if value != number:
                builder.nodes[number] = replace(node, op=Op.VAR, operands=(value,), attr=f"read {number}")
    return finish(builder, graph, graph.outputs.values())


def _split(builder: Builder, node: Node, attr: ReadAt, first_init: dict[tuple[int, Index], tuple[int, ...]]) -> int:
    operand, init = node.operands[0], node.operands[1:]
    ragged = [(index, access) for index, access in attr.at if index.ragged]
    ranges = {index: access for index, access in attr.at if not index.ragged}
    value = operand
    missing = [index for index, _ in attr.at if index not in builder.nodes[value].domain]
    if missing:
        p = builder.nodes[value]
        batch = p.batch or any(index.ragged for index in missing)
        value = builder.broadcast(value, (*p.domain, *missing), p.shape, batch=batch)
    mixed = len(ragged) + bool(ranges) > 1
    for index, access in ragged:
        value = _along(builder, value, (index, access), init, first_init, keep=not mixed)
    if ranges:
        value = builder.read(value, ranges, init[0] if init and not mixed else None)
    if init and mixed:
        value = builder.apply(Op.WHERE, _outside(builder, attr), init[0], value)
    return value


def _along(  # noqa: PLR0913 - a read is what it is
    builder: Builder,
    value: int,
    at: tuple[Index, Access],
    init: tuple[int, ...],
    first_init: dict[tuple[int, Index], tuple[int, ...]],
    *,
    keep: bool,
) -> int:
    """Read along one sequence; the first init of a quantity stands in its halo, others are put in by WHERE."""
    index, access = at
    wanted = init if keep else ()
    shift = isinstance(access, Affine) and bool(access.terms)
    plain = all(index not in builder.nodes[i].domain for i in wanted)
    stored = first_init.setdefault((value, index), wanted if plain else ()) if shift else wanted
    if stored == wanted or not shift:
        return builder.read(value, dict([at]), wanted[0] if wanted else None)
    read = builder.read(value, dict([at]), stored[0] if stored else None)
    other = wanted[0] if wanted else builder.const(0.0)
    return builder.apply(Op.WHERE, _outside(builder, ReadAt((at,))), other, read)


def _outside(builder: Builder, attr: ReadAt) -> int:
    """Return whether any access of a read lies outside its index set."""
    found = [test for index, access in attr.at for test in _tests(builder, index, access)]
    value = found[0] if found else builder.apply(Op.NOT, builder.apply(Op.FRESH, attr=attr.at[0][0]))
    for other in found[1:]:
        value = builder.apply(Op.OR, value, other)
    return value


def _tests(builder: Builder, index: Index, access: Access) -> list[int]:
    if not isinstance(access, Affine) or index.cyclic:
        return []
    point = builder.const(float(access.offset))
    for term, sign in access.terms:
        number = builder.apply(Op.IOTA, attr=term)
        point = builder.apply(Op.ADD, point, number if sign > 0 else builder.apply(Op.NEG, number))
    below = builder.apply(Op.LESS, point, builder.size(index.low))
    if index.ragged:
        below = builder.apply(Op.AND, below, builder.apply(Op.FRESH, attr=index))
    high = builder.apply(Op.LENGTH, attr=index) if index.high is None else builder.size(index.high)
    return [below, builder.apply(Op.LESS, high, point)]
