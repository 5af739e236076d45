"""Reads of any points of ragged indices: tables of rows, made once before the loops, and gathers that use them."""

from dataclasses import dataclass

from rnndsl.codegen.borders import halo_owner
from rnndsl.codegen.context import Context, step_rows
from rnndsl.codegen.text import as_tuple, quoted
from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Kind, Parent, Root, here, ordered
from rnndsl.ops import DType
from rnndsl.schedule.placement import is_sliced, moves
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


def find_rows(c: Context, number: int, *, still: frozenset[Index] = frozenset(), among: str = "") -> str:
    """Return a table of the rows that a read reads, -1 outside; along indices in `still` it stays where it is.

    `among` is what finds them, if not the layout of the operand's points.
    """
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
    text = f"{among or c.points(layout)}.find({consumer.example}, {', '.join(places)})"
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


def emit_gather(c: Context, number: int, out: str, source: str = "") -> None:
    """Write a read as one gather.

    `source` is what a read of other steps of the open loop takes its rows from: the rows of the other step, in a loop
    along one sequence, or else the operand's whole buffer with its halo.
    """
    node = c.node(number)
    operand = c.source(node.operands[0])
    layout, own, loop = c.layout(operand), c.layout(number), c.walked
    if layout is None:
        raise TypeError("rows that are examples are not found by points")
    current = _current(c, number)
    if loop is None:
        _take(c, number, (c.value(operand), f"{c.table(find_rows(c, number))}{current}"), out)
        return
    if own is None:
        raise TypeError("examples have no steps")
    at = c.feed("at", own)
    if loop.inside and (source or not _same_step(c, number)):
        _gather_nested(c, number, out, (source, f"[{at}]{current}"))
        return
    if source and not loop.sliced:
        rows, example = find_rows(c, number), _Consumer(c, own, _ranges(c, number)).example
        text = f"{c.points(layout)}.reach({rows}, {example})"
        reach = c.once(("reach", layout, own, rows), f"{rows}_all", text)
        _take(c, number, (source, f"{c.table(reach)}[{at}]{current}"), out, outside=False)
        return
    if source and not is_sliced(c.schedule.graph, number, loop):
        _take(c, number, (source, f"{c.table(find_rows(c, number))}[{at}]{current}"), out)
        return
    rows = find_rows(c, number, still=frozenset(own.walked))
    inside = step_rows(c, own, layout, rows, len(_ranges(c, number)))
    _take(c, number, (source or c.value(operand), f"{c.table(inside)}[{at}]{current}"), out)


def emit_across(c: Context, number: int, out: str, source: str) -> None:
    """Write a read across the border of a chunk as one gather from the operand's whole buffer, `source`."""
    layout, own = c.layout(c.source(c.node(number).operands[0])), c.layout(number)
    if layout is None or own is None:
        raise TypeError("what crosses has points")
    at = f"[{c.feed('at', own)}]" if c.walked is not None else ""
    rows = c.table(find_rows(c, number, among=halo_owner(c, layout)))
    _take(c, number, (source, f"{rows}{at}{_current(c, number)}"), out, outside=False)


def _same_step(c: Context, number: int) -> bool:
    """Tell whether a node's first operand is computed in the same steps of the open loop, at the same spot of it."""
    operand, own = c.source(c.node(number).operands[0]), c.layout(number)
    layout, inside = c.layout(operand), c.schedule.home.get(operand, ())[:1] == c.path[:1]
    return inside and layout is not None and own is not None and layout.of(own.indices) == own


def _gather_nested(c: Context, number: int, out: str, given: tuple[str, str]) -> None:
    """Write a read in a loop with walks inside: from the operand's whole buffer, with its halo if it is a step."""
    (halo, picked), operand = given, c.source(c.node(number).operands[0])
    layout, own, rows = c.layout(operand), c.layout(number), find_rows(c, number)
    if layout is None or own is None:
        raise TypeError("points have rows")
    shifts = any(index.ragged and access.indices for index, access in _accesses(c, number).items())
    if halo and shifts and c.schedule.home.get(operand, ())[:1] == c.path[:1]:
        text = f"{c.points(layout)}.reach({rows}, {_Consumer(c, own, _ranges(c, number)).example})"
        reach = c.once(("reach", layout, own, rows), f"{rows}_all", text)
        _take(c, number, (halo, f"{c.table(reach)}{picked}"), out, outside=False)
    else:
        _take(c, number, (c.here(operand, c.whole(operand)), f"{c.table(rows)}{picked}"), out)


def _current(c: Context, number: int) -> str:
    """Return the subscript that takes the points of open loops out of a table of rows."""
    picks = [c.counters.get(index, ":") for index in _ranges(c, number)]
    return f"[:, {', '.join(picks)}]" if set(picks) - {":"} else ""


def _take(c: Context, number: int, found: tuple[str, str], out: str, *, outside: bool = True) -> None:
    """Write the gather, and what stands outside; ranges of the table of rows come right after the rows."""
    node, (values, rows) = c.node(number), found
    axes, ranges = c.axes(number), tuple(index for index in _ranges(c, number) if index not in c.counters)
    places = [axes.index(index) for index in ranges]
    picks = _picks(c, number, ranges)
    if places == list(range(1, 1 + len(places))):
        target = f"{out}"
    else:
        target = f"xp.moveaxis({out}, {as_tuple([str(k) for k in places])}, {tuple(range(1, 1 + len(places)))})"
    if not outside and not picks:
        c.line(f'xp.take({values}, {rows}, axis=0, out={target}, mode="clip")')
        return
    init = ""
    if outside and len(node.operands) > 1:
        given = c.array(node.operands[1], c.aligned(node.operands[1], number))
        init = f", xp.broadcast_to({given}, {out}.shape)"
        init = init if target == out else f", {target.replace(out, init[2:], 1)}"
    elif outside and node.dtype is DType.INT:
        init = f", xp.full_like({target}, -1)"
    at = f", at={as_tuple(picks)}" if picks else ""
    c.line(f"{c.helper('gather')}({values}, {rows}, {target}{init}{at})")


def _picks(c: Context, number: int, ranges: Domain) -> list[str]:
    """Return the places along the operand's ranges that the table of rows varies over too; none if there is none."""
    operand = c.source(c.node(number).operands[0])
    own = [axis for axis in c.axes(operand) if isinstance(axis, Index)]
    if not set(own) & set(ranges):
        return []
    found = []
    for index in own[: 1 + max(k for k, index in enumerate(own) if index in ranges)]:
        axes = ", ".join(":" if index == other else "None" for other in ranges)
        found.append(f"xp.arange({c.size(index.extent)})[None, {axes}]" if index in ranges else "slice(None)")
    return found


def _unsupported(c: Context, number: int) -> SpecError:
    message = "a read along several indices, ranges among them, in this form is not supported yet"
    way = "give the value an equation of its own, and read that along fewer indices"
    return SpecError([Diagnostic("RNN490", message, c.node(number).span, help=way)])


# The dual of reading a child ------------------------------------------------------------------------------------------


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
    moving = c.walked is not None and moves(c.schedule.graph, number, c.walked)
    moving |= c.walked is not None and bool(c.walked.inside) and not _same_step(c, number)
    if c.walked is not None and not moving:  # the parents' values are of the same step
        begin = f"np.asarray({c.points(layout)}.offsets)[{points}.step[{uses}.group]]"
        rows = c.once(("use rows in step", layout, own, table), f"{rows}_in_step", f"{rows} - {begin}")
    values = c.whole(operand) if moving else c.value(operand)
    spans = [index for index in access.slot.indices if not index.ragged]
    if spans:
        values, rows = _by_slot(c, number, spans[0], (uses, rows, values))
    step = f", {c.feed('k', None)}" if c.walked is not None else ""
    rows = c.once(("use table", uses, rows), f"{rows}_by_node", f"{uses}.table({rows})")
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
    if not isinstance(node.attr, Child) or len(node.attr.slot.terms) > 1:
        raise _unsupported(c, number)
    extent, low, offset = c.size(index.extent), c.size(index.low), node.attr.slot.offset - 1
    ahead = node.attr.slot.terms[0][1] > 0
    text = f"{uses}.slot - ({low} + {offset})" if ahead else f"{offset} - ({low}) - {uses}.slot"
    place = c.once(("use slot", number), f"{rows}_place", text)
    inside = f"({place} >= 0) & ({place} < {extent})"
    flat = f"np.where({inside} & ({rows} >= 0), {rows} * ({extent}) + {place}, -1)"
    flat = c.once(("use flat", number), f"{rows}_flat", flat)
    axes = c.axes(operand)
    values = values if axes[1] == index else f"xp.moveaxis({values}, {axes.index(index)}, 1)"
    rest = [axis for axis in axes[1:] if axis != index]
    shape = [c.size(axis.extent if isinstance(axis, Index) else c.node(operand).shape[int(axis)]) for axis in rest]
    return f"{values}.reshape({', '.join(['-1', *shape])})", flat
