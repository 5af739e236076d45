"""Ranges that are written out: a cycle that no walks order at all points of a range at once, point by point.

A cycle may need a whole walk along a sequence at every point of a range: a decoder that starts from what the one
before it ended with. At one point of the range it is a cycle along the sequence, at the next another one: that is what
is left when every node of it is there once for every point. Ranges are known when a program is made, so nothing is lost
but brevity.
"""

from dataclasses import replace
from itertools import product
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import EquationInfo, RecurrenceGraph
from rnndsl.graph.node import Node, ReadAt
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Kind
from rnndsl.ops import DType, Op
from rnndsl.schedule.loops import find_unordered

#: The most nodes that a cycle may become.
MOST_NODES: Final = 5000


def unroll_ranges(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return a graph whose cycles walks order, as far as that only takes some ranges to be written out.

    Raises:
        SpecError: a range has an unknown number of points, or too many.
    """
    while (found := find_unrolled(graph)) is not None:
        members, index = found
        span, names = graph.nodes[members[0]].span, index.low.dims | index.extent.dims
        what = f"a cycle is written out for every point of the range `{index.name}`"
        if not names <= graph.fixed_dims:
            way = f"give {' and '.join(sorted(names))} a number, or a default in the model's first line"
            raise SpecError([Diagnostic("RNN220", f"{what}, and their number has no value", span, help=way)])
        points = _points(graph, index)
        if len(points) * len(members) > MOST_NODES:
            way = "make the index a sequence, or the range shorter"
            raise SpecError([Diagnostic("RNN490", f"{what}, and {len(points)} are too many", span, help=way)])
        graph = _Unroller(graph, members, index, points).unrolled()
    return graph


def find_unrolled(graph: RecurrenceGraph) -> tuple[tuple[int, ...], Index] | None:
    """Return the first cycle that no walks order, with the range that is written out; None where there is none."""
    ranges = any(not index.ragged for index in graph.indices)
    for members in find_unordered(graph) if ranges else ():
        shared = set(graph.nodes[members[0]].domain).intersection(*(graph.nodes[n].domain for n in members))
        for index in graph.indices:
            fixed = index in shared and not index.ragged and (index.low.dims | index.extent.dims) <= graph.dims.keys()
            if fixed and all(_by_points(graph.nodes[n], index) for n in members):
                return members, index
    return None


def unrolled_dims(graph: RecurrenceGraph) -> frozenset[str]:
    """Return the dimensions that say how often cycles are written out."""
    found = frozenset[str]()
    while (one := find_unrolled(graph)) is not None:
        members, index = one
        found |= index.low.dims | index.extent.dims
        if any(graph.dims[name] is None for name in found) or len(_points(graph, index)) * len(members) > MOST_NODES:
            break
        graph = _Unroller(graph, members, index, _points(graph, index)).unrolled()
    return found


def _points(graph: RecurrenceGraph, index: Index) -> range:
    known = {name: value for name, value in graph.dims.items() if value is not None}
    low = index.low.evaluate(known)
    return range(low, low + index.extent.evaluate(known))


def _by_points(node: Node, index: Index) -> bool:
    """Tell nodes that can be computed at one point of a range, from their operands at one point each."""
    if isinstance(node.attr, ReadAt):
        own = dict(node.attr.at).get(index, Affine(((index, 1),)))
        others = [access for other, access in node.attr.at if other != index and index in access.indices]
        return isinstance(own, Affine) and own.terms == ((index, 1),) and all(isinstance(a, Affine) for a in others)
    match node.attr:
        case Child():
            return index not in node.attr.indices
        case tuple():
            return not any(part == index or (isinstance(part, tuple) and index in part) for part in node.attr)
        case _:
            return node.attr != index


class _Unroller:
    """Makes the members of a cycle anew at every point of a range; `copies` are by node and point."""

    def __init__(self, graph: RecurrenceGraph, members: tuple[int, ...], index: Index, points: range) -> None:
        """Promise every node at every point, so that they can read one another."""
        self.graph, self.members, self.index, self.points = graph, members, index, points
        self.builder = Builder.of(graph)
        self.copies: dict[tuple[int, int], int] = {}
        for number, point in product(members, points):
            node, key = graph.nodes[number], f"{number} at {index.name} = {point}"
            domain = _without(node.domain, index)
            made = self.builder.placeholder(key, domain, node.shape, batch=node.batch, dtype=node.dtype)
            self.copies[number, point] = made

    def unrolled(self) -> RecurrenceGraph:
        """Return the new graph: what else needs the members reads one of the points, or all of them side by side."""
        graph, builder = self.graph, self.builder
        for (number, point), copy in self.copies.items():
            node = self._begin(number)
            builder.define(copy, self._read(node, point) if isinstance(node.attr, ReadAt) else self._at(node, point))
        inside = set(self.members)
        for number in self.members:
            users = [user for user in graph.users[number] if user not in inside]
            for user in users:
                self._narrow(user, number)
            if users or number in graph.returned:
                node = self._begin(number)
                builder.nodes[number] = replace(node, op=Op.VAR, operands=(self._together(number),), attr="points")
        return finish(builder, graph, graph.outputs.values(), {**graph.equations, **self._equations()})

    def _begin(self, number: int) -> Node:
        node = self.graph.nodes[number]
        self.builder.span, self.builder.adjoint = node.span, node.adjoint
        return node

    def _operand(self, number: int, point: int) -> int:
        """Return what a node is at a point of the range."""
        if (number, point) in self.copies:
            return self.copies[number, point]
        if self.index not in self.graph.nodes[number].domain:
            return number
        if self.graph.nodes[number].op is Op.IOTA:
            return self.builder.const(point)
        return self.builder.read(number, {self.index: Affine((), point)})

    def _at(self, node: Node, point: int) -> int:
        """Return a node at a point."""
        operands = tuple(self._operand(operand, point) for operand in node.operands)
        return self.builder.add(replace(node, operands=operands, domain=_without(node.domain, self.index)))

    def _read(self, node: Node, point: int) -> int:
        """Return a read at a point: of the point of the range that it names, or its init where there is none."""
        at = dict(node.attr.at) if isinstance(node.attr, ReadAt) else {}
        init = [self._operand(operand, point) for operand in node.operands[1:]]
        access = at.pop(self.index, None)
        there = point + (access.offset if isinstance(access, Affine) else 0)
        if self.index.cyclic:
            there = (there - self.points.start) % len(self.points) + self.points.start
        if there not in self.points:
            return init[0] if init else self._nothing(node)
        rest = {index: self._fixed(access, point) for index, access in at.items()}
        return self.builder.read(self._operand(node.operands[0], there), rest, *init)

    def _fixed(self, access: Access, point: int) -> Access:
        """Return an access with the point of the range put in."""
        if not isinstance(access, Affine) or self.index not in access.indices:
            return access
        terms = tuple(term for term in access.terms if term[0] != self.index)
        return Affine(terms, access.offset + point * dict(access.terms)[self.index])

    def _nothing(self, node: Node) -> int:
        """Return what is read outside without an init: zero, or no token."""
        if node.dtype is not DType.INT:
            return self.builder.const(0.0)
        for number, source in self.graph.nodes.items():
            sequence = next((index for index in source.domain if index.kind is Kind.SEQUENCE), None)
            if sequence is not None and (source.op, source.dtype) == (Op.INPUT, DType.INT):
                return self.builder.read(number, dict.fromkeys(source.domain, Affine((), 0)))
        message = f"tokens are read outside the range `{self.index.name}`, of which every point is written out"
        raise SpecError([Diagnostic("RNN490", message, node.span, help="give the read an `init`")])

    def _narrow(self, user: int, number: int) -> None:
        """Have a reader of one point of the range read it alone."""
        attr = self.graph.nodes[user].attr
        at = dict(attr.at) if isinstance(attr, ReadAt) and self.graph.nodes[user].operands[0] == number else {}
        match at.pop(self.index, None):
            case Affine((), point) if point in self.points:
                pass
            case End(last):
                point = self.points[-1 if last else 0]
            case _:
                return
        node = self._begin(user)
        value = self.builder.read(self.copies[number, point], at, *node.operands[1:])
        self.builder.nodes[user] = replace(node, op=Op.VAR, operands=(value,), attr="point")

    def _together(self, number: int) -> int:
        """Return the values at all points side by side."""
        build = self.builder
        *others, last = self.points
        value, place = self.copies[number, last], build.apply(Op.IOTA, attr=self.index)
        for point in reversed(others):
            here = build.apply(Op.LESS, place, build.const(point + 0.5))
            value = build.apply(Op.WHERE, here, self.copies[number, point], value)
        node = self.graph.nodes[number]
        return build.broadcast(value, node.domain, node.shape, batch=node.batch)

    def _equations(self) -> dict[str, EquationInfo]:
        """Return the equations of the members at every point, with names of their own."""
        found, inside = {}, set(self.members)
        for equation in self.graph.equations.values():
            for point in self.points if equation.node in inside else ():
                text = f"{self.index.name} = {point}: {equation.text}"
                node, name = self.copies[equation.node, point], f"{equation.name}_{point}"
                domain = _without(equation.domain, self.index)
                if name not in self.graph.equations:
                    found[name] = replace(equation, name=name, node=node, domain=domain, text=text)
        return found


def _without(domain: Domain, index: Index) -> Domain:
    return tuple(other for other in domain if other != index)
