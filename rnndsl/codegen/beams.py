"""Beam search in a generated loop: the choice of a step, and what a row takes over from the row that it continues."""

from rnndsl.codegen.accesses import accesses, halo_name
from rnndsl.codegen.context import Context
from rnndsl.codegen.contractions import fold_name
from rnndsl.graph.node import Node
from rnndsl.indices import Affine
from rnndsl.ops import Op
from rnndsl.schedule.plan import Loop, Place, members


def emit_beam(c: Context, number: int, out: str) -> None:
    """Write the choice of a step's tokens, and the exchange of rows that follows it."""
    log_probs, given = c.node(number).operands
    layout, loop = c.layout(number), c.walked
    if layout is None:
        raise TypeError("a beam grows along a sequence")
    c.helper("Beam")
    points, texts = c.points(layout), (c.fitted(log_probs, layout), c.fitted(given, layout))
    c.before_loops().append(f"chosen = Beam({points}, width, end)")
    if loop is None:  # no step depends on another one
        c.line(f"for at in {points}.at:")
        c.line(f"    chosen.choose({texts[0]}[at], {texts[1]}[at], {out}[at])")
        return
    parents = c.names(("parents", number), "parents")
    c.line(f"{parents} = chosen.choose({texts[0]}, {texts[1]}, {out})")
    for other in _exchanged(c, number, loop):
        for text in _rows(c, other, number, loop):
            c.line(f"{text}[...] = {text}[{_followed(c, other, number, parents)}]")


def _exchanged(c: Context, number: int, loop: Loop) -> list[int]:
    """Return the values of a loop that are needed after the choice: by what stands behind it, or by later steps."""
    order = list(members(loop))
    behind, nodes = set(order[order.index(number) + 1 :]), c.graph_nodes
    found = []
    for other in order:
        storage = c.storage(other)
        held = storage.place in {Place.TAPE, Place.STEP} and storage.into is None and nodes[other].batch
        late = any(user in behind for user in _users(c, other))
        if held and other != number and (storage.halo or (other not in behind and late)):
            found.append(other)
    return found


def _users(c: Context, number: int) -> set[int]:
    """Return what uses a value, or a view of it, at the same step."""
    found: set[int] = set()
    for user in c.schedule.graph.users[number]:
        found.add(user)
        if c.storage(user).place is Place.VIEW or c.storage(number).into == user:
            found |= _users(c, user)
    return found


def _rows(c: Context, number: int, beam: int, loop: Loop) -> list[str]:
    """Return the rows of a value that change places: the current step's, and those that are read later."""
    order = list(members(loop))
    before = order.index(number) < order.index(beam)
    texts = [c.value(number)] if before else []
    layout = c.layout(number)
    if c.storage(number).halo and layout is not None:
        readers = (c.node(user) for user in c.schedule.graph.readers.get(number, ()))
        delays = [-_offset(node, loop) for node in readers if node.op is Op.READ]
        feeds = (c.feed("back", layout, str(d), wish=f"back_{d}") for d in range(1, max(delays, default=0) + 1))
        texts += [f"{halo_name(c, number)}[{feed}]" for feed in feeds]
    return texts


def _offset(node: Node, loop: Loop) -> int:
    access = accesses(node).get(loop.index)
    return access.offset if isinstance(access, Affine) else 0


def _followed(c: Context, number: int, beam: int, parents: str) -> str:
    """Return which row every row of a value continues; lanes go with theirs."""
    layout, own = c.layout(number), c.layout(beam)
    if layout is None or own is None or layout == own:
        return parents
    return f"{fold_name(c, layout, own)}.follow({parents})"
