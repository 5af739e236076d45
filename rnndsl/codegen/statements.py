"""One node, one group of statements: the table of emitters by operator, and the walk over the schedule."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from rnndsl.codegen import accesses, beams, components, elementwise, tables
from rnndsl.codegen.block import DTYPES, Block, Feed
from rnndsl.codegen.calls import with_arrays
from rnndsl.codegen.context import Context, halo_name
from rnndsl.codegen.contractions import emit_contract, emit_sum
from rnndsl.codegen.fusion import frame_of, is_kept, needs_kernel, nodes_of, runs
from rnndsl.codegen.gathers import emit_uses
from rnndsl.codegen.handed import is_handed_part
from rnndsl.codegen.kernel_calls import emit_fused
from rnndsl.codegen.kernel_rows import rows_of
from rnndsl.codegen.kernels import Fusing
from rnndsl.codegen.lanes import part_of
from rnndsl.codegen.products import in_one_piece
from rnndsl.codegen.small_steps import note_small
from rnndsl.codegen.text import as_tuple
from rnndsl.codegen.walks import SMALL, walk_call
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.indices import ordered
from rnndsl.ops import Op
from rnndsl.schedule.describe import nested_words
from rnndsl.schedule.placement import moves
from rnndsl.schedule.plan import Evaluate, Layout, Loop, Place, Step, spot_of
from rnndsl.schedule.storage import delay
from rnndsl.sizes import Size

Emit = Callable[[Context, int, str], None]

EMIT: Mapping[Op, Emit] = {
    **dict.fromkeys(sorted(ELEMENTWISE | {Op.BROADCAST}), elementwise.emit_elementwise),
    Op.ADD: elementwise.emit_add,
    Op.SEEN: elementwise.emit_seen,
    Op.ACTIVATE: elementwise.emit_activate,
    Op.CONTRACT: emit_contract,
    Op.READ: accesses.emit_read,
    Op.USES: emit_uses,
    Op.CONCAT: components.emit_concat,
    Op.SLICE: components.emit_slice,
    Op.PLACE: components.emit_place,
    Op.STACK: components.emit_stack,
    Op.UNSTACK: components.emit_unstack,
    Op.SEGMENTS: components.emit_segments,
    Op.LOOKUP: tables.emit_lookup,
    Op.SCATTER: tables.emit_scatter,
    Op.PICK: components.emit_pick,
    Op.PUT: components.emit_put,
    Op.ONE_HOT: components.emit_one_hot,
    Op.SOFTMAX: components.emit_fold,
    Op.LOGSUMEXP: components.emit_fold,
    Op.MAX: components.emit_fold,
    Op.FIRST_MAX: components.emit_fold,
    Op.IOTA: components.emit_iota,
    Op.LENGTH: components.emit_length,
    Op.MISSING: components.emit_missing,
    Op.NOISE: components.emit_noise,
    Op.RANDOM: components.emit_random,
    Op.TEMPER: components.emit_temper,
    Op.TOP: components.emit_top,
    Op.BEAM: beams.emit_beam,
}

#: Operators that are bound or printed in place and need no statement of their own.
BOUND = frozenset({Op.PARAM, Op.INPUT, Op.CONST, Op.SIZE, Op.FRESH, Op.OPTION, Op.VAR})


def emit_steps(c: Context, steps: tuple[Step, ...], comment: Callable[[int], str], skip: Callable[[Step], str]) -> None:
    """Write the steps of a schedule; `comment` gives what to say before a node, `skip` the condition of a step."""
    said, condition = "", ""
    for run in runs(c, steps, skip) if c.fusing else ((step,) for step in steps):
        step, wanted = run[0], skip(run[0])
        c.condition = wanted if not c.path else c.condition
        start = len(c.blocks[-1].lines)
        view = isinstance(step, Evaluate) and c.storage(step.node).place is Place.VIEW
        text = comment(step.node) if isinstance(step, Evaluate) and not view and len(run) == 1 else ""
        if c.fusing and (len(run) > 1 or needs_kernel(c, run)):
            _emit_run(c, c.fusing, run, steps, comment)
            said = ""
        elif isinstance(step, Loop):
            emit_loop(c, step, comment)
            said = ""
        else:
            emit_node(c, step.node)
        written = [*c.blocks[-1].lines[start:], *_joining(c, run)]
        del c.blocks[-1].lines[start:]
        if not written:
            continue
        if text and text != said:
            written.insert(0, f"# {text}")
            said = text
        if wanted and wanted != condition:
            c.line(f"if {wanted}:")
        condition = wanted
        c.blocks[-1].lines += [f"    {line}" for line in written] if wanted else written
    c.condition = c.condition if c.path else ""


def _joining(c: Context, run: Sequence[Step]) -> list[str]:
    """Return the lines that add up sums over the parts of a batch; they are whole when their step is done."""
    if not c.joined or c.path:
        return []
    found = sorted(c.joined.intersection(nodes_of(run)))
    return ["if part:", *(f"    part.join({c.value(number)})" for number in found)] if found else []


def emit_node(c: Context, number: int) -> None:
    """Write the statements of one node."""
    node, storage = c.node(number), c.storage(number)
    if node.op in BOUND or tables.is_looked_up(c, number) or number in c.schedule.shifts:
        return
    c.current = number
    if storage.place is Place.VIEW:
        _emit_view(c, number)
        return
    if storage.place is Place.SUM:
        emit_sum(c, number)
        return
    moving = node.op in {Op.READ, Op.USES} and any(moves(c.schedule.graph, number, loop) for loop in c.path)
    if c.walked is not None and moving:
        _ready(c, node.operands[0])
    out, start = target(c, number), len(c.blocks[-1].lines)
    EMIT[node.op](c, number, out)
    in_one_piece(c, number, out, start)
    note_small(c, number, out, start)
    _keep_for_later_steps(c, number)


def _keep_for_later_steps(c: Context, number: int) -> None:
    storage = c.storage(number)
    if storage.ring and c.walked is not None and not storage.in_ring:
        accesses.make_ring(c, number)
        c.blocks[1].closing.append(f"{accesses.ring_rows(c, number, 0)}[...] = {c.at_level(number, 1)}")


def _emit_run(
    c: Context, fusing: Fusing, run: Sequence[Step], body: Sequence[Step], comment: Callable[[int], str]
) -> None:
    """Write a kernel's call, before it the views of other values that it reads, after it views of its own."""
    inside, here, before, after = nodes_of(run), nodes_of(body), [], []
    framed = next(step.node for step in run if isinstance(step, Evaluate) and frame_of(c, step.node))
    layout = rows_of(c, framed)
    for number in (step.node for step in run if isinstance(step, Evaluate)):
        if c.storage(number).place is not Place.VIEW:
            continue
        whole, read = part_of(c, number, layout).number, is_kept(c, number, inside, here)
        if whole in inside and whole != number and read:
            after.append(number)
        elif whole == number or read:
            before.append(number)
    for number in before:
        emit_node(c, number)
    c.current = framed
    for number in emit_fused(c, fusing, run, body, comment, target):
        _keep_for_later_steps(c, number)
    for number in after:
        emit_node(c, number)


def _emit_view(c: Context, number: int) -> None:
    node = c.node(number)
    if node.op is Op.BROADCAST or is_handed_part(c, number):
        return
    if node.op is Op.SLICE:
        text = components.slice_text(c, number)
    elif c.walked is not None and accesses.along_ragged(node):
        _ready(c, node.operands[0])
        text = accesses.step_view(c, number)
    elif c.path and not accesses.along_ragged(node):
        _ready(c, node.operands[0])
        text = accesses.range_view(c, number, _walker(c, number))
    elif delay(c.schedule.graph, number) is not None:
        text = accesses.view_text(c, number)
    else:  # a look-ahead that is a view only inside its loop
        c.line(f'{c.label(number)} = ws("{c.label(number)}", {c.shape(number)}{DTYPES[node.dtype]})')
        accesses.emit_read(c, number, c.label(number))
        return
    _bind(c, number, text)


def _walker(c: Context, number: int) -> Loop:
    """Return the open loop over a range along which a read moves."""
    named = accesses.accesses(c.node(number))
    return next(loop for loop in reversed(c.path) if loop.index in named)


def _ready(c: Context, operand: int) -> None:
    """See to the buffer that a read inside a loop reads: it is made before the loop."""
    operand = c.source(operand)
    if c.storage(operand).halo:
        allocate(c, operand)
        accesses.enter_halo(c, operand, preamble=True)
    elif c.storage(operand).ring:
        accesses.make_ring(c, operand)
    if c.storage(operand).place is Place.STEP and c.storage(operand).into is None:
        _step_buffer(c, operand)
    elif c.storage(operand).place in {Place.TAPE, Place.RING}:
        allocate(c, operand)


def _bind(c: Context, number: int, text: str) -> None:
    depth = len(c.path)
    name = c.step_label(number, depth)
    c.bind(name, text)
    if c.fusing:
        c.fusing.aliases[name] = text
    if depth:
        c.blocks[depth].bound["step", number] = name


def allocate(c: Context, number: int) -> None:
    """Write the making of a buffer with all points, once: at the top level, or before the loop that fills it."""
    key = ("made", number)
    if key in c.blocks[0].bound:
        return
    c.blocks[0].bound[key] = ""
    node, name = c.node(number), c.label(number)
    lines = c.blocks[1].preamble if c.path else c.blocks[0].lines
    dtype = DTYPES[node.dtype]
    if c.storage(number).place is Place.RING:
        extents = as_tuple([f"{c.storage(number).slots} * {c.widest(c.layout(number))}", *c.trailing(node)])
        lines.append(f'{halo_name(c, number)} = ws("{halo_name(c, number)}", {extents}{dtype})')
    elif c.storage(number).halo:
        rows = c.layout(number)
        if rows is None:
            raise ValueError("only quantities on ragged indices have a halo")
        lead, full = f"{c.points(rows)}.margin", halo_name(c, number)
        extents = as_tuple([f"{lead} + {c.points(rows)}.size", *c.trailing(node)])
        lines += [f'{full} = ws("{buffer_name(c, number)}", {extents}{dtype})', f"{name} = {full}[{lead} :]"]
    elif tables.is_stored_turned(c, number):
        lines.append(f'{name} = ws("{name}", {as_tuple([c.size(size) for size in node.shape[::-1]])}).T')
    else:
        lines.append(f'{name} = ws("{buffer_name(c, number)}", {c.shape(number)}{dtype})')


def buffer_name(c: Context, number: int) -> str:
    """Return the name of the buffer of a value: its own, or that of the one it takes over."""
    takes = c.storage(number).takes
    owner = number if takes is None else takes
    return halo_name(c, owner) if c.storage(owner).halo else c.label(owner)


def target(c: Context, number: int) -> str:
    """Return the buffer that a node is computed into, at the current level, making it where needed.

    Values that are computed in place pass their buffer on from user to operand, over chains of any length.
    """
    bound = c.blocks[len(c.path)].bound
    chain = [number]
    while ("target", chain[-1]) not in bound and (user := c.storage(chain[-1]).into) is not None:
        chain.append(user)
    for link in reversed(chain):
        if ("target", link) not in bound:
            _make_target(c, link)
    return bound["target", number]


def _make_target(c: Context, number: int) -> None:
    storage, depth = c.storage(number), len(c.path)
    if storage.into is not None:
        text = _taken(c, number, storage.into)
    elif storage.place is Place.STEP:
        text = _step_buffer(c, number)
    else:
        allocate(c, number)
        text = c.value(number)
    c.blocks[depth].bound["target", number] = text
    c.blocks[depth].bound["step", number] = text


def _taken(c: Context, number: int, user: int) -> str:
    """Return the buffer of a value's only user, or the part of it that is the value's."""
    whole = c.blocks[len(c.path)].bound["target", user]
    if c.node(user).op is not Op.CONCAT:
        return whole
    start = Size()
    for operand in c.node(user).operands:
        if operand == number:
            break
        start = start + c.node(operand).shape[0]
    name = c.step_label(number, len(c.path))
    text = f"{name} = {whole}[..., {c.span(start, start + c.node(number).shape[0])}]"
    while (owner := c.storage(user).into) is not None:
        user = owner
    if len(c.path) == 1 and c.storage(user).place is Place.STEP and c.walked is not None:
        c.blocks[1].rebind.append(text)
    else:
        c.line(text)
    return name


def _step_buffer(c: Context, number: int) -> str:
    """Return the rows of the current step of a buffer that holds one step, made before the loop."""
    known = c.blocks[1].bound.get(("step", number))
    if known is not None:
        return known if len(c.path) == 1 else c.value(number)
    if c.storage(number).in_ring:
        accesses.make_ring(c, number)
        name = accesses.ring_rows(c, number, 0)
    else:
        takes = c.storage(number).takes
        owner = number if takes is None else takes
        node, full = c.node(number), c.names(("one step", number), f"{c.label(number)}_step")
        buffer = c.names(("one step", owner), f"{c.label(owner)}_step")
        layout = c.layout(number)
        extents = as_tuple([*([c.widest(c.layout(number))] if node.batch else []), *c.trailing(node)])
        c.blocks[1].preamble.append(f'{full} = ws("{buffer}", {extents}{DTYPES[node.dtype]})')
        name = c.step_label(number, 1)
        c.blocks[1].rebind.append(f"{name} = {full}[:{c.live(layout)}]" if layout else f"{name} = {full}")
    c.blocks[1].bound["step", number] = name
    return name if len(c.path) == 1 else c.value(number)


# Loops ------------------------------------------------------------------------------------------------------------


def emit_loop(c: Context, loop: Loop, comment: Callable[[int], str]) -> None:
    """Write a loop: what is made before it, its head, what changes with the number of rows, and its body."""
    c.path, before = (*c.path, loop), c.path
    c.blocks.append(Block())
    if not before and not loop.ragged:
        for step in _evaluations(loop):
            if c.storage(step).place is Place.WHOLE and c.storage(step).into is None:
                allocate(c, step)
    for spot, steps in groupby(loop.body, key=spot_of):
        start = len(c.blocks[-1].lines)
        emit_steps(c, tuple(steps), comment, lambda _: "")
        if loop.inside:
            _where_met(c, loop.layout((), spot), start)
    block = c.blocks.pop()
    c.path = before
    walk = walk_call(c, c.fusing, loop, block) if loop.ragged and c.fusing else ""
    head = _ragged_head(c, loop, block) if loop.ragged else _range_head(c, loop)
    body = block.lines + block.closing if before else with_arrays(c, block.lines + block.closing)
    lines = [*head, *(f"    {line}" for line in body)]
    if loop.inside:
        lines.insert(0, f"# {nested_words(loop.walk, loop.inside, forward=loop.forward)}")
    if walk:
        small = f"if {c.points(loop.layout(loop.indices))}.widest <= {SMALL}:"
        lines = [small, f"    {walk}", "else:", *(f"    {line}" for line in lines)]
    c.blocks[-1].lines += [*block.preamble, *lines, *block.after]


def _where_met(c: Context, layout: Layout, start: int) -> None:
    """Put the lines from a place on under the condition that the step is one in which a spot meets any points."""
    if len(c.blocks[-1].lines) > start:
        c.blocks[-1].under(c.live(layout.of(ordered(layout.walked))), start)


def _evaluations(loop: Loop) -> list[int]:
    found: list[int] = []
    for step in loop.body:
        found += _evaluations(step) if isinstance(step, Loop) else [step.node]
    return found


def _range_head(c: Context, loop: Loop) -> list[str]:
    extent = c.size(loop.index.extent)
    span = f"range({extent})" if loop.forward else f"reversed(range({extent}))"
    return [f"for {c.counter(loop)} in {span}:"]


def _ragged_head(c: Context, loop: Loop, block: Block) -> list[str]:
    """Return the head of a walk over points: what runs with it, and what to do when the number of rows changes."""
    feeds = {name: _fed(c, loop, feed) for feed, name in sorted(block.feeds.items(), key=lambda f: f[0][0] != "live")}
    if not feeds:
        feeds = {"live": f"{c.points(loop.layout(loop.indices))}.counts"}
    walked = next(iter(feeds.values())) if len(feeds) == 1 else f"zip({', '.join(feeds.values())}, strict=False)"
    if not loop.forward:
        walked = f"reversed({walked})" if len(feeds) == 1 else f"reversed(list({walked}))"
    head = [f"for {', '.join(feeds)} in {walked}:"]
    if not block.rebind:
        return head
    if not loop.sliced:
        return [*head, *(f"    {line}" for line in block.rebind)]
    lives = [name for (kind, _, _), name in block.feeds.items() if kind == "live"]
    live = lives[0] if len(lives) == 1 else f"({', '.join(lives)})"
    changed = [f"    if {live} != rows:", f"        rows = {live}", *(f"        {line}" for line in block.rebind)]
    return ["rows = -1", *head, *changed]


def _fed(c: Context, loop: Loop, feed: Feed) -> str:
    """Return the list that a variable of a walk runs through."""
    kind, layout, detail = feed
    points = c.points(layout) if layout is not None else ""
    match kind:
        case "live":
            return f"{points}.counts"
        case "back":
            return f"{points}.back({detail})"
        case "ring":
            return f"{c.helper('in_ring')}({points}, {detail})"
        case "k":
            return f"range({c.points(loop.layout(loop.indices))}.steps)"
        case "each":
            return detail
        case _:
            return f"{points}.at"
