"""Reads in the forms that code generation knows, made so before scheduling.

After `split_reads` every READ moves along ragged indices only (`t - 1`, `t - k` with a range index k, `[i-1, j-1]`, an
end, a child, ...) or along ranges only. What was mixed is taken apart, and an init that cannot stand in a halo (because
it varies over points, or differs between two readers) becomes a `WHERE`.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, ReadAt
from rnndsl.graph.offsets import access_offset, by_operand
from rnndsl.indices import Access, Affine, Child, Index, Parent
from rnndsl.ops import Op


def split_reads(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with simple reads only."""
    splitter = _Splitter(Builder.of(graph), graph.dims)
    builder, simple = splitter.builder, True
    for number, node in graph.nodes.items():
        if node.op is Op.READ and isinstance(node.attr, ReadAt):
            builder.span, builder.adjoint = node.span, node.adjoint
            value = splitter.split(node, node.attr)
            if value != number:
                builder.nodes[number] = replace(node, op=Op.VAR, operands=(value,), attr=f"read {number}")
                simple = False
    return graph if simple else finish(builder, graph, graph.outputs.values())


@dataclass
class _Splitter:
    """The state of splitting: `first_init` is what stands in the halo of a quantity (along its sequence)."""

    builder: Builder
    dims: Mapping[str, int | None]
    first_init: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def split(self, node: Node, attr: ReadAt) -> int:
        """Return a read's value by simple reads."""
        value, init = node.operands[0], node.operands[1:]
        ragged = {index: access for index, access in attr.at if index.ragged}
        ranges = {index: access for index, access in attr.at if not index.ragged}
        missing = self.missing(value, attr, init)
        if missing:
            p = self.builder.nodes[value]
            batch = p.batch or any(index.ragged for index in missing)
            value = self.builder.broadcast(value, (*p.domain, *missing), p.shape, batch=batch)
        mixed = bool(ragged and ranges)
        own = init if not mixed else ()
        both = {term for access in ragged.values() for term in access.indices if term in ranges}
        first = bool(both) and not self.moves_by_operand(attr, both)
        if both and not first:
            ragged = {index: access for index, access in by_operand(dict(attr.at)).items() if index.ragged}
        if ranges and first:  # in `h[t-j, 1]` the reader's j is not the one of h
            value = self.builder.read(value, ranges)
        if ragged:
            value = self.along(value, ragged, own)
        if ranges and not first:
            value = self.builder.read(value, ranges, own[0] if own else None)
        if init and mixed:
            value = self.builder.apply(Op.WHERE, self.outside(attr), init[0], value)
        return value

    def moves_by_operand(self, attr: ReadAt, terms: AbstractSet[Index]) -> bool:
        """Tell whether a read moves on along some index only if its steps are said by the points of its operand.

        Its `terms` that are ranges along which it moves, too, have to be shifted for that.
        """
        at, dims = dict(attr.at), self.dims
        shifts = [access.terms for access in map(at.get, terms) if isinstance(access, Affine)]
        if any(term.cyclic or ((term, 1),) not in shifts for term in terms):
            return False
        other = by_operand(at)
        pairs = [(access_offset(at[i], i, dims), access_offset(other[i], i, dims)) for i in at if i.ragged]
        return any(one and two and one[0] <= 0 <= one[1] and not two[0] <= 0 <= two[1] for one, two in pairs)

    def missing(self, value: int, attr: ReadAt, init: tuple[int, ...]) -> list[Index]:
        """Return the indices that an operand lacks and its read does not: where it is read, and those of its init."""
        named = {index for index, _ in attr.at}
        terms = {term for _, access in attr.at for term in access.indices}
        wanted = [index for index, _ in attr.at]
        inits = [index for number in init for index in self.builder.nodes[number].domain]
        wanted += [index for index in inits if index not in named | terms]
        return [index for index in wanted if index not in self.builder.nodes[value].domain]

    def along(self, value: int, at: Mapping[Index, Access], wanted: tuple[int, ...]) -> int:
        """Read along ragged indices; the first init of a quantity stands in its halo, others are put in by WHERE."""
        nodes = self.builder.nodes
        shift = any(access.indices for access in at.values())
        several = sum(index.ragged for index in nodes[value].domain) > 1
        plain = all(not index.ragged or not (several or index in at) for n in wanted for index in nodes[n].domain)
        stored = self.first_init.setdefault(value, wanted if plain else ()) if shift else wanted
        if stored == wanted or not shift:
            return self.builder.read(value, at, wanted[0] if wanted else None)
        read = self.builder.read(value, at, stored[0] if stored else None)
        other = wanted[0] if wanted else self.builder.const(0.0)
        return self.builder.apply(Op.WHERE, self.outside(ReadAt(tuple(at.items()))), other, read)

    def outside(self, attr: ReadAt) -> int:
        """Return whether any access of a read lies outside its index set."""
        found = [test for index, access in attr.at for test in self.tests(index, access)]
        value = found[0] if found else self.builder.apply(Op.LESS, self.builder.const(1.0), self.builder.const(0.0))
        for other in found[1:]:
            value = self.builder.apply(Op.OR, value, other)
        return value

    def tests(self, index: Index, access: Access) -> list[int]:
        """Return the conditions under which one access is outside; none where it cannot be."""
        build = self.builder.apply
        if isinstance(access, Parent) or (isinstance(access, Child) and not access.sure):
            return [build(Op.MISSING, attr=access)]
        if not isinstance(access, Affine) or index.cyclic:
            return []
        point = self.builder.const(float(access.offset))
        for term, sign in access.terms:
            number = build(Op.IOTA, attr=term)
            point = build(Op.ADD, point, number if sign > 0 else build(Op.NEG, number))
        below = build(Op.LESS, point, self.builder.size(index.low))
        if index.high is not None:
            return [below, build(Op.LESS, self.builder.size(index.high), point)]
        low, high = access_offset(access, index, self.dims) or (-1, 1)
        # Points are counted through all chunks, and models that look ahead have no chunks.
        early = [below] if low < 0 else []
        late = [build(Op.LESS, build(Op.LENGTH, attr=index), point)] if high > 0 else []
        return early + late
