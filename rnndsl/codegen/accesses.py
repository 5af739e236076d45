"""Reads of other points, as views where the layout allows it and as gathers where not."""

from collections.abc import Mapping

from rnndsl.codegen.block import DTYPES
from rnndsl.codegen.borders import crosses, halo_owner
from rnndsl.codegen.context import Context, by_lanes, halo_name, slot
from rnndsl.codegen.gathers import emit_across, emit_gather
from rnndsl.codegen.text import as_tuple, expanded, quoted
from rnndsl.graph.node import Node, ReadAt
from rnndsl.graph.offsets import read_offset
from rnndsl.indices import Access, Affine, End, Index, here
from rnndsl.ops import DType
from rnndsl.schedule.placement import is_sliced, moves
from rnndsl.schedule.plan import Loop, Place
from rnndsl.schedule.storage import delay
from rnndsl.sizes import Size


def accesses(node: Node) -> Mapping[Index, Access]:
    """Return where a read reads, by index."""
    if not isinstance(node.attr, ReadAt):
        raise TypeError("READ carries ReadAt")
    return dict(node.attr.at)


def along_ragged(node: Node) -> tuple[Index, Access] | None:
    """Return the first ragged index that a read moves along, and how; None for a read along ranges."""
    return next(((i, a) for i, a in accesses(node).items() if i.ragged), None)


def by_slices(c: Context, number: int) -> bool:
    """Tell reads of other steps of the one sequence that a loop walks, which are slices or rows of a ring."""
    loop = c.walked
    several = sum(index.ragged for index in accesses(c.node(number))) > 1
    return loop is not None and loop.sliced and not several and moves(c.schedule.graph, number, loop)


# Halos ------------------------------------------------------------------------------------------------------------


def halo_text(c: Context, number: int) -> str:
    """Return a buffer with its halo at the current points of the ranges that open loops walk."""
    return c.here(number, halo_name(c, number))


def init_text(c: Context, number: int, *, ring: bool = False) -> str:
    """Return what is read outside of a quantity's points, row by row of its halo, or of its ring."""
    readers = map(c.node, c.schedule.graph.readers.get(number, ()))
    shifts = [node for node in readers if any(i.ragged and a.indices for i, a in accesses(node).items())]
    inits = [node.operands[1] for node in shifts if len(node.operands) > 1]
    if not inits:
        return "-1" if c.node(number).dtype is DType.INT else "None"
    init, layout = c.source(inits[0]), c.layout(number)
    if c.storage(init).place is Place.INLINE:
        return c.inline(c.node(init))
    lanes = c.node(init).batch and layout is not None and layout.sliced and (ring or layout not in c.borders)
    text = by_lanes(c, init, layout) if lanes and layout else c.whole(init)
    axes = [axis for axis in c.axes(number) if axis == "rows" or not isinstance(axis, Index)]
    ranges = [i for i in c.node(number).domain if not i.ragged]
    own = [i for i in c.node(init).domain if not i.ragged]
    lead = ["rows"] if c.node(init).batch else []
    values = [str(k) for k in range(len(c.node(init).shape))]
    return expanded(text, [*lead, *own, *values], ["rows", *ranges, *[a for a in axes if a != "rows"]])


def enter_halo(c: Context, number: int, *, preamble: bool = False) -> None:
    """Fill a halo once, before its first reader."""
    layout = c.layout(number)
    if c.entered.get(number) in {"", c.condition} or layout is None:
        return
    given = [halo_name(c, number), init_text(c, number)]
    if number in c.carried:
        given.append(f"carry.get({quoted(c.carried[number])})")
    lines = c.blocks[1].preamble if preamble or (c.path and c.walked is None) else c.blocks[-1].lines
    lines.append(f"{halo_owner(c, layout)}.enter({', '.join(given)})")
    c.entered[number] = c.condition


# All points at once -------------------------------------------------------------------------------------------------


def view_text(c: Context, number: int) -> str:
    """Return a read of earlier points at all points at once: a slice, or a gather where lengths differ."""
    operand = c.source(c.node(number).operands[0])
    late, layout = delay(c.schedule.graph, number), c.layout(operand)
    if late is None or layout is None:
        raise ValueError("only a delay is a view")
    enter_halo(c, operand)
    return f"{c.points(layout)}.earlier({halo_text(c, operand)}, {late[1]})"


def emit_read(c: Context, number: int, out: str) -> None:
    """Write a read into a buffer of its own."""
    node = c.node(number)
    along, layout = along_ragged(node), c.layout(node.operands[0])
    if along is None:
        _emit_ranges(c, number, out)
        return
    if crosses(c, number) and not by_slices(c, number):
        operand = c.source(node.operands[0])
        enter_halo(c, operand, preamble=c.walked is not None)
        emit_across(c, number, out, halo_text(c, operand))
        return
    index, access = along
    moving = c.walked is not None and moves(c.schedule.graph, number, c.walked)
    chain = layout is not None and layout.chain is not None and len(accesses(node)) == 1
    chain = chain and not set(access.indices) & set(c.counters)
    if not (by_slices(c, number) or (chain and c.walked is None and _stays(c, number, index))):
        emit_gather(c, number, out, _other_step(c, number) if moving else "")
        return
    if isinstance(access, Affine) and access.terms:
        if len(access.terms) > 1:
            _emit_delays(c, number, out, (index, access))
        else:
            _emit_shift(c, number, out, (index, access.offset))
        return
    points = c.points(layout) if layout else ""
    place = f"np.full(batch, {access.offset})" if isinstance(access, Affine) else "np.ones(batch, np.intp)"
    if isinstance(access, End) and access.last:
        place = f"{points}.lengths"
    operand = c.source(node.operands[0])
    slots = c.storage(operand).slots
    values, ring = (halo_text(c, operand), f", slots={slots}") if slots else (c.value(operand), "")
    c.line(f"{points}.point({values}, {place}, {out}{_init(c, number, out)}{ring})")


def _other_step(c: Context, number: int) -> str:
    """Return what a read of another step takes its rows from: see `emit_gather`."""
    operand = c.source(c.node(number).operands[0])
    if c.walked is None or not c.walked.sliced:
        return halo_text(c, operand)
    if is_sliced(c.schedule.graph, number, c.walked):
        return step_view(c, number)
    return c.here(operand, c.whole(operand))


def _stays(c: Context, number: int, index: Index) -> bool:
    """Tell reads whose value stands as the one sequence of the operand does, or by examples."""
    layout = c.layout(number)
    return layout is None or layout.chain == index


def _init(c: Context, number: int, out: str, at: tuple[Index, str] | None = None) -> str:
    """Return what is read outside, as an argument, for the axes of `out`: all but a range's, `at` a point of it."""
    operands = c.node(number).operands
    if len(operands) < 2:
        return f", xp.full_like({out}, -1)" if c.node(number).dtype is DType.INT else ""
    text = c.aligned(operands[1], number) if at is None else _aligned_at(c, number, at)
    return f", xp.broadcast_to({c.array(operands[1], text)}, {out}.shape)"


def _aligned_at(c: Context, number: int, at: tuple[Index, str]) -> str:
    """Return a read's init for the axes of the read but that of a range, which a variable counts."""
    (span, counter), init = at, c.node(number).operands[1]
    text = c.fitted(init, c.layout(number))
    if c.storage(c.source(init)).place is Place.INLINE:
        return text
    picked = _picked(c, init, span, counter) if span in c.axes(init) else ""
    own, wanted = ([axis for axis in c.axes(one) if axis != span] for one in (init, number))
    return expanded(f"{text}{picked}", own, wanted)


def _emit_shift(c: Context, number: int, out: str, by: tuple[Index, int]) -> None:
    _, offset = by
    operand = c.source(c.node(number).operands[0])
    points = _points(c, operand)
    if c.walked is not None:
        c.line(f"xp.copyto({out}, {step_view(c, number)})")
    elif offset < 0:
        enter_halo(c, operand)
        c.line(f"xp.copyto({out}, {points}.earlier({halo_text(c, operand)}, {-offset}))")
    else:
        c.line(f"{points}.later({c.value(operand)}, {offset}, {out}{_init(c, number, out)})")


def _points(c: Context, operand: int) -> str:
    layout = c.layout(operand)
    return c.points(layout) if layout else ""


def _emit_delays(c: Context, number: int, out: str, by: tuple[Index, Affine]) -> None:
    """Write reads at `t - k` for all k of a range, one delay after the other."""
    index, access = by
    operand = c.source(c.node(number).operands[0])
    ((span, sign),) = [(term, sign) for term, sign in access.terms if term != index]
    counter = c.names(("delay", number), "d")
    offset = f"{access.offset} {'+' if sign > 0 else '-'} ({c.size(span.low)} + {counter})"
    target = f"{out}[{', '.join([':'] * c.axes(number).index(span) + [counter])}]"
    late = delay(c.schedule.graph, number) is not None
    if late and c.walked is None:
        enter_halo(c, operand)
    picked = _picked(c, operand, span, counter) if span in c.node(operand).domain else ""
    at = span, counter
    source = _delayed(c, number, operand, offset, at) if late else _ahead(c, number, offset, (picked, target), at)
    c.line(f"for {counter} in range({c.size(span.extent)}):")
    c.line(f"    {target} = {source}{picked if late or c.walked is not None else ''}")


def _delayed(c: Context, number: int, operand: int, offset: str, at: tuple[Index, str]) -> str:
    """Return the values at a delay that a variable holds: of all points, or of those of a loop's step."""
    index = (along_ragged(c.node(number)) or (None, None))[0]
    points, halo = _points(c, operand), halo_text(c, operand)
    if c.walked is not None:
        (span, counter), slots = at, c.storage(operand).slots
        back = f"{c.helper('in_ring')}({points}, {slots}, -({offset}))" if slots else f"{points}.back(-({offset}))"
        slices = f"[{back} for {counter} in range({c.size(span.extent)})]"
        return f"{halo}[{c.once(('delays', slices), 'delayed', slices)}[{counter}][{c.feed('k', None)}]]"
    source = f"{points}.earlier({halo}, -({offset}))"
    if (index is not None) and (read_offset(c.schedule.graph, number, index) or (0, 0))[1] > 0:
        value = c.value(operand)
        ahead = f"{points}.later({value}, {offset}, xp.empty_like({value}){_init(c, number, value, at)})"
        return f"({source} if {offset} <= 0 else {ahead})"
    return source


def _ahead(c: Context, number: int, offset: str, picked: tuple[str, str], at: tuple[Index, str]) -> str:
    """Return the values ahead by what a variable holds: of all points, or out of the ring of a loop."""
    node = c.node(number)
    operand = c.source(node.operands[0])
    if c.walked is not None:
        ring = f"({c.feed('k', None)} + {offset}) % {c.storage(operand).ring}"
        return f"{ring_name(c, operand)}[{ring}, {_live(c, operand)}]"
    points, (part, target) = _points(c, operand), picked
    return f"{points}.later({c.value(operand)}{part}, {offset}, xp.empty_like({target}){_init(c, number, target, at)})"


def _picked(c: Context, operand: int, index: Index, counter: str) -> str:
    place = c.axes(operand).index(index)
    return f"[{', '.join([':'] * place + [counter])}]"


# Inside a loop over a sequence ----------------------------------------------------------------------------------------


def ring_name(c: Context, number: int) -> str:
    """Return the variable of the values of later steps that a backward loop keeps."""
    return c.names(("ring", number), f"{c.label(number)}_next")


def step_view(c: Context, number: int) -> str:
    """Return a read of another step inside the loop that walks its sequence: rows of the tape, or of the ring."""
    node, loop = c.node(number), c.path[0]
    operand = c.source(node.operands[0])
    access = accesses(node)[loop.index]
    offset = access.offset if isinstance(access, Affine) else 0
    return back_rows(c, operand, -offset) if loop.forward else ring_rows(c, operand, offset)


def back_rows(c: Context, number: int, delay: int) -> str:
    """Return the rows of a value some steps before the current one, which a forward loop keeps."""
    if c.storage(number).slots:
        return slot(c, number, delay)
    return f"{halo_name(c, number)}[{c.feed('back', c.layout(number), str(delay), wish=f'back_{delay}')}]"


def ring_rows(c: Context, number: int, ahead: int) -> str:
    """Return the rows of a ring that hold a value `ahead` steps later (0: where the current value goes)."""
    size = c.storage(number).ring
    ring = ring_name(c, number)
    if size > 1:
        return f"{ring}[({c.feed('k', None)} + {ahead}) % {size}, {_live(c, number)}]"
    key = ("ring rows", number)
    name = c.blocks[1].bound.get(key)
    if name is None:
        name = c.names(key, f"{ring}_rows")
        c.blocks[1].rebind.append(f"{name} = {ring}[{_live(c, number)}]")
        c.blocks[1].bound[key] = name
    return name


def _live(c: Context, number: int) -> str:
    layout = c.layout(number)
    return f":{c.live(layout)}" if layout else ":"


def make_ring(c: Context, number: int) -> None:
    """Write the ring of a value, filled with its init, before the loop."""
    key = ("ring made", number)
    if key in c.blocks[1].bound:
        return
    c.blocks[1].bound[key] = ""
    storage, node, ring = c.storage(number), c.node(number), ring_name(c, number)
    lead = [c.widest(c.layout(number))] if storage.ring == 1 else [str(storage.ring), c.widest(c.layout(number))]
    dtype, shape = DTYPES[node.dtype], as_tuple([*lead, *c.trailing(node)])
    init = init_text(c, number, ring=True)
    c.blocks[1].preamble.append(f'{ring} = ws("{ring}", {shape}{dtype})')
    c.blocks[1].preamble.append(f"{ring}[...] = {'0' if init == 'None' else init}")


# Ranges -----------------------------------------------------------------------------------------------------------


def range_view(c: Context, number: int, loop: Loop) -> str:
    """Return a read of another point of a range inside the loop that walks it."""
    node = c.node(number)
    operand = c.source(node.operands[0])
    access = accesses(node)[loop.index]
    offset = access.offset if isinstance(access, Affine) else 0
    outer = c.outer_value(operand)
    place = c.subscript_of(operand, loop.index)
    k = c.counter(loop)
    inside = f"0 <= {k} + {offset} < {c.size(loop.index.extent)}"
    there = f"{outer}[{place}{k} + {offset}, ...]"
    if len(node.operands) > 1:
        init = c.array(node.operands[1], c.aligned(node.operands[1], number))
        other = f"xp.broadcast_to({init}, {outer}[{place}0, ...].shape)"
    elif node.dtype is DType.INT:  # no token
        other = f"xp.full_like({outer}[{place}0, ...], -1)"
    else:
        other = f"xp.zeros_like({outer}[{place}0, ...])"
    return f"{there} if {inside} else {other}"


def _emit_ranges(c: Context, number: int, out: str) -> None:
    """Write reads along ranges as one gather over all their axes."""
    node = c.node(number)
    operand = c.source(node.operands[0])
    wanted = [axis for axis in c.axes(number) if isinstance(axis, Index)]
    named = accesses(node)
    subscripts, masks = [":"] if c.node(operand).batch else [], []
    ranges = [index for index in c.node(operand).domain if not index.ragged]
    fixed = set() if any(index in c.counters for index in named) else {index for index in ranges if index in c.counters}
    for index in ranges:
        if index not in fixed:
            place, inside = _places(c, index, named.get(index, here(index)), wanted)
            subscripts.append(place)
            masks += [inside] if inside else []
    text = c.fitted(operand, c.layout(number)) if fixed else c.unwalked(operand, c.layout(number))
    c.line(f"xp.copyto({out}, {text}[{', '.join([*subscripts, '...'])}])")
    if masks:
        values = ", None" * len(node.shape)
        outside = f"~({' & '.join(masks)})"
        outside = f"({outside})[..., {', '.join(['None'] * len(node.shape))}]" if values else outside
        init = (
            c.aligned(node.operands[1], number) if len(node.operands) > 1 else "-1" if node.dtype is DType.INT else "0"
        )
        c.line(f"xp.copyto({out}, {init}, where={outside})")


def _places(c: Context, index: Index, access: Access, wanted: list[Index]) -> tuple[str, str]:
    """Return places from 0 along an axis, shaped like the axes wanted, and which are inside ("" if all are)."""
    low, extent = c.size(index.low), c.size(index.extent)
    if isinstance(access, End):
        return (f"{extent} - 1" if access.last else "0"), ""
    if not isinstance(access, Affine):
        raise TypeError("ranges have no children")
    if not access.terms:
        return _constant_place(c, index, access.offset)
    pieces: list[str] = []
    for term, sign in access.terms:
        if term in c.counters:
            pieces.append(
                f"{'-' if sign < 0 else '+' if pieces else ''} ({c.size(term.low)} + {c.counters[term]})".strip()
            )
            continue
        shape = ", ".join(":" if axis == term else "None" for axis in wanted)
        text = f"xp.arange({c.size(term.low)}, {c.size(term.low + term.extent)})[{shape}]"
        pieces.append(f"{'-' if sign < 0 else '+' if pieces else ''} {text}".strip())
    point = " ".join(pieces) + (f" + {access.offset}" if access.offset else "")
    if set(access.indices) <= set(c.counters):
        point = f"xp.asarray({point})"
    key, inside = (index.name, access, tuple(wanted)), ""
    if index.cyclic:
        place = _bound(c, access, ("place", *key), f"({point} - {low}) % ({extent})")
    elif len(access.terms) == 1 and (access.terms[0][1], access.offset) == (1, 0) and _same(access.terms[0][0], index):
        place = _bound(c, access, ("place", *key), f"{point} - {low}")
    else:
        place = _bound(c, access, ("place", *key), f"{point} - {low}")
        inside = _bound(c, access, ("inside", *key), f"({place} >= 0) & ({place} < {extent})")
        place = f"xp.clip({place}, 0, {extent} - 1)"
    return place, inside


def _constant_place(c: Context, index: Index, point: int) -> tuple[str, str]:
    """Return the place of a point by number, and whether there is one ("" where that is known beforehand)."""
    (low, extent), above = (c.size(index.low), c.size(index.extent)), (index.low + index.extent - 1 - point).value
    place, below = f"{point} - {low}", (Size.of(point) - index.low).value
    if index.cyclic:
        return f"({place}) % ({extent})", ""
    if below is not None and above is not None and min(below, above) >= 0:
        return place, ""
    return f"min(max({place}, 0), {extent} - 1)", f"xp.asarray(0 <= {place} < {extent})"


def _bound(c: Context, access: Affine, key: tuple[object, ...], text: str) -> str:
    """Return a name for what is computed here, or before all loops if it depends on none over a range."""
    if set(access.indices).isdisjoint(c.counters):
        return c.once(key, str(key[0]), text)
    name = c.names(key, str(key[0]))
    c.line(f"{name} = {text}")
    return name


def _same(one: Index, other: Index) -> bool:
    return (one.low, one.high) == (other.low, other.high)
