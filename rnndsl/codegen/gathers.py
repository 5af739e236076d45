"""Reads of any points of ragged indices: tables of rows, made once before the loops, and gathers that use them."""

from dataclasses import dataclass

from rnndsl.codegen.context import Context, quoted, step_rows
from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Kind, Parent, Root, here, ordered
from rnndsl.ops import DType
from rnndsl.schedule.plan import Layout


@dataclass(frozen=True)
class _Consumer:
    """Who reads: its rows, and the ranges in its ragged accesses, which are further axes of the table of rows."""

    c: Context
    layout: Layout | None
    ranges: Domain

    @property
    def example(self) -> str:
        """The examples of the consumer's rows."""
        return self.spread(f"{self.c.points(self.layout)}.example" if self.layout else "np.arange(batch)")

    def spread(self, rows: str) -> str:
        """Return values by row with an axis of length 1 for every range."""
        return f"{rows}[:{', None' * len(self.ranges)}]" if self.ranges else rows

    def own(self, index: Index) -> str:
        """Return the places of the consumer's rows along an index, from 0."""
        if self.layout is None:
            raise TypeError(f"{index.name} has no place in an example")
        return self.spread(self.c.place(self.layout, index))

    def place(self, index: Index, access: Access) -> str:
        """Return the places that an access means, from 0; -1 where there is no such node."""
        c = self.c
        match access:
            case Affine():
                return self.sum(access)
            case End(last=False):
                return "0"
            case End() if index.structured:
                return f"{c.tree(index)}.lengths[{self.example}] - 1"
            case End():
                return f"{c.points(Layout((index,), ((index, 1),), sliced=True))}.lengths[{self.example}] - 1"
            case Child(slot=slot):
                return f"{c.tree(index)}.children({self.example}, {self.own(index)}, {self.sum(slot)})"
            case Parent():
                return f"{c.tree(index)}.parent({self.example}, {self.own(index)})"
            case Root():
                return f"{c.tree(index)}.root({self.example})"

    def sum(self, access: Affine) -> str:
        """Return a sum of indices as places from 0: those of ragged indices are, numbers of points are not."""
        text, offset = "", access.offset - 1
        for index, sign in access.terms:
            if index.ragged:
                piece, offset = self.own(index), offset + sign
            else:
                axes = ", ".join(":" if index == other else "None" for other in self.ranges)
                piece = f"np.arange({self.c.size(index.low)}, {self.c.size(index.low + index.extent)})[None, {axes}]"
            text += f" {'-' if sign < 0 else '+'} {piece}" if text else f"{'-' if sign < 0 else ''}{piece}"
        if not text:
            return str(offset)
        return text if not offset else f"{text} {'-' if offset < 0 else '+'} {abs(offset)}"


def find_rows(c: Context, number: int, *, still: frozenset[Index] = frozenset()) -> str:
    """Return a table of the rows that a read reads, -1 outside; along indices in `still` it stays where it is."""
    node = c.node(number)
    operand, named = c.source(node.operands[0]), _accesses(c, number)
    layout, own = c.layout(operand), c.layout(number)
    if layout is None:
        raise TypeError("rows that are examples are not found by points")
    consumer = _Consumer(c, own, _ranges(c, number))
    places = [
        consumer.place(index, here(index) if index in still else named.get(index, here(index)))
        for index in layout.indices
    ]
    text = f"{c.points(layout)}.find({consumer.example}, {', '.join(places)})"
    return c.once(("found", layout, own, text), f"{c.label(number)}_rows", text)


def places_of(c: Context, number: int, access: Child | Parent) -> str:
    """Return the places of children or parents for every row of a node, -1 where there is none."""
    ranges = tuple(index for index in access.indices if not index.ragged)
    return _Consumer(c, c.layout(number), ranges).place(access.of, access)


def _accesses(c: Context, number: int) -> dict[Index, Access]:
    attr = c.node(number).attr
    if not isinstance(attr, ReadAt):
        raise TypeError("READ carries ReadAt")
    return dict(attr.at)


def _ranges(c: Context, number: int) -> Domain:
    """Return the ranges that ragged accesses depend on."""
    named = _accesses(c, number)
    return ordered({i for index, access in named.items() if index.ragged for i in access.indices if not i.ragged})


def emit_gather(c: Context, number: int, out: str, halo: str) -> None:
    """Write a read as one gather; `halo` names the buffer where it reads other steps of the open loop."""
    node = c.node(number)
    operand = c.source(node.operands[0])
    layout, own, loop = c.layout(operand), c.layout(number), c.walked
    _check_axes(c, number, operand)
    if layout is None:
        raise TypeError("rows that are examples are not found by points")
    if loop is None:
        _take(c, number, (c.whole(operand), find_rows(c, number)), out)
        return
    if own is None:
        raise TypeError("examples have no steps")
    at = c.feed("at", own)
    if halo and not loop.sliced:
        rows, points = find_rows(c, number), c.points(layout)
        example = _Consumer(c, own, _ranges(c, number)).example
        reach = c.once(("reach", layout, own, rows), f"{rows}_all", f"{points}.reach({rows}, {example})")
        c.line(f'np.take({halo}, {reach}[{at}], axis=0, out={out}, mode="clip")')
        return
    rows = find_rows(c, number, still=frozenset(loop.indices))
    inside = step_rows(c, own, layout, rows, len(_ranges(c, number)))
    _take(c, number, (_slice(c, number, halo, layout) if halo else c.value(operand), f"{inside}[{at}]"), out)


def _slice(c: Context, number: int, halo: str, layout: Layout) -> str:
    """Return the rows of the earlier step that a read along the walked sequence (and others) reads."""
    access = _accesses(c, number)[c.path[0].index]
    if not isinstance(access, Affine) or len(access.terms) > 1 or not c.path[0].forward:
        raise _unsupported(c, number)
    delay = str(-access.offset)
    return f"{halo}[{c.feed('back', layout, delay, wish=f'back_{delay}')}]"


def _take(c: Context, number: int, given: tuple[str, str], out: str) -> None:
    """Write the gather, and what stands outside."""
    node, (values, rows) = c.node(number), given
    init = ""
    if len(node.operands) > 1:
        init = f", np.broadcast_to({c.aligned(node.operands[1], number)}, {out}.shape)"
    elif node.dtype is DType.INT:
        init = f", np.full_like({out}, -1)"
    c.line(f"{c.helper('gather')}({values}, {rows}, {out}{init})")


def _check_axes(c: Context, number: int, operand: int) -> None:
    """Refuse reads whose further axes do not follow the rows."""
    ranges = list(_ranges(c, number))
    axes = [axis for axis in c.axes(number) if isinstance(axis, Index)]
    if axes[: len(ranges)] != ranges or any(index in c.node(operand).domain for index in ranges):
        raise _unsupported(c, number)


def _unsupported(c: Context, number: int) -> SpecError:
    message = "a read along several indices, ranges among them, in this form is not supported yet"
    way = "give the value an equation of its own, and read that along fewer indices"
    return SpecError([Diagnostic("RNN490", message, c.node(number).span, help=way)])


# The dual of reading a child --------------------------------------------------------------------------------------------


def emit_uses(c: Context, number: int, out: str) -> None:
    """Write the sum over everything that reads a node as a child."""
    node = c.node(number)
    operand, access, own = c.source(node.operands[0]), node.attr, c.layout(number)
    layout = c.layout(operand)
    if not isinstance(access, Child) or own is None or layout is None:
        raise TypeError("USES says whose child")
    fixed = str(access.slot.offset - 1) if not access.slot.terms else "None"
    points, tree = c.points(own), c.tree(access.of)
    text = f"Uses({points}, {quoted(access.of.name)}, {tree}{'' if fixed == 'None' else f', {fixed}'})"
    c.helper("Uses")
    uses = c.once(("uses", own, access.of, fixed), f"{points}_uses", text)
    places = [_use_place(c, index, access, own, uses) for index in layout.indices]
    table = f"{c.points(layout)}.find({uses}.example, {', '.join(places)})"
    rows = c.once(("use rows", layout, own, table), f"{c.label(number)}_rows", table)
    values = c.whole(operand)
    spans = [index for index in access.slot.indices if not index.ragged]
    if spans:
        values, rows = _by_slot(c, number, spans[0], (uses, rows, values))
    step = f", {c.feed('k', None)}" if c.walked is not None else ""
    c.line(f"{uses}.pull({values}, {rows}, {out}{step})")


def _use_place(c: Context, index: Index, access: Child, own: Layout, uses: str) -> str:
    if index == access.of:
        return f"{uses}.place"
    if index.kind is Kind.CHILDREN and index.of == access.of:
        return f"{uses}.slot"
    return f"{c.place(own, index)}[{uses}.group]"


def _by_slot(c: Context, number: int, index: Index, given: tuple[str, str, str]) -> tuple[str, str]:
    """Return values by row and place of the range, and the rows of uses among them (a place outside: none)."""
    node = c.node(number)
    operand, (uses, rows, values) = c.source(node.operands[0]), given
    if not isinstance(node.attr, Child) or c.axes(operand)[1] != index or node.attr.slot.terms != ((index, 1),):
        raise _unsupported(c, number)
    extent, low = c.size(index.extent), f"{c.size(index.low)} + {node.attr.slot.offset - 1}"
    place = c.once(("use slot", number), f"{rows}_place", f"{uses}.slot - ({low})")
    inside = f"({place} >= 0) & ({place} < {extent})"
    flat = c.once(("use flat", number), f"{rows}_flat", f"np.where({inside}, {rows} * ({extent}) + {place}, -1)")
    rest = ", ".join(["-1", *c.trailing(c.node(operand))[1:]])
    return f"{values}.reshape({rest})", flat

