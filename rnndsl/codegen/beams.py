"""Beam search in a generated module: the choice of a step, and what a member takes over from the one it continues."""

from dataclasses import dataclass

from rnndsl.codegen.accesses import back_rows, ring_rows
from rnndsl.codegen.context import Context
from rnndsl.codegen.contractions import fold_name, joint_layout
from rnndsl.codegen.text import Axis, expanded
from rnndsl.graph.node import Choice
from rnndsl.graph.offsets import read_offset
from rnndsl.schedule.plan import Layout, Loop, Place, members


def emit_beam(c: Context, number: int, out: str) -> None:
    """Write the choice of a step's tokens, and the exchange of what members have computed that follows it."""
    search, layout, loop = c.node(number).attr, c.layout(number), c.walked
    if layout is None or not isinstance(search, Choice):
        raise TypeError("a beam grows along a sequence, and says what it searches")
    c.helper("Beam")
    points = c.points(layout)
    way = "" if loop is None or loop.forward else ", -1"
    c.before_loops().append(f"chosen = Beam({points}, width, end{way})")
    options, taken = _options(c, number, search, layout), c.fitted(c.node(number).operands[1], layout)
    if loop is None:  # no step depends on another one
        name = c.names(("options", number), "options")
        c.line(f"{name} = {options}")
        c.line(f"for at in {points}.at:")
        c.line(f"    chosen.choose({name}[at], {taken}[at], {out}[at])")
        return
    whose = f", {points}.example[{c.feed('at', layout)}]" if loop.inside else ""
    c.line(f"chosen.choose({options}, {taken}, {out}{whose})")
    order = members(loop)
    late = frozenset(order[order.index(number) + 1 :])
    exchange = _Exchange(c, number, loop, frozenset(order), late)
    for other in order:
        if search.member not in c.node(other).domain:
            continue
        if loop.inside and c.storage(other).place is Place.TAPE:
            _exchange_tape(exchange, other, layout)
            continue
        for text in exchange.rows(other):
            c.line(f"chosen.follow({text}{_lanes(c, other, layout)})")


def _lanes(c: Context, number: int, layout: Layout) -> str:
    """Return the argument that says whose the rows of a value are, if they are not those of the examples."""
    own = c.layout(number)
    return "" if own is None or own == layout else f", {fold_name(c, own, layout)}.group"


def _exchange_tape(exchange: "_Exchange", number: int, layout: Layout) -> None:
    """Write the exchange of what a loop with walks inside keeps: that of the current point, and of those before."""
    c, back, own = exchange.c, exchange.back(number), exchange.c.layout(number)
    if own is None:
        raise TypeError("what is on a tape has points")
    points, onto, (index,) = c.points(own), c.points(layout), layout.indices
    way = "+" if exchange.loop.forward else "-"
    for ahead in range(0 if exchange.now(number) else 1, back + 1):
        place = c.place(own, index) + (f" {way} {ahead}" if ahead else "")
        text = f"followers({c.points(layout)}.find({points}.example, {place}), {onto})"
        c.helper("followers")
        rows = c.feed("each", None, c.once(("followers", own, layout, ahead), f"{points}_followers", text), wish="rows")
        c.line(f"chosen.follow_rows({c.whole(number)}, *{rows})")


def _options(c: Context, number: int, search: Choice, layout: Layout) -> str:
    """Return the log-probabilities as `[rows, member, option]`, minus infinity where an example has fewer points."""
    log_probs = c.node(number).operands[0]
    if not any(index.ragged for index in search.over):
        wanted: list[Axis] = ["rows", search.member, search.over[0] if search.over else "0"]
        return expanded(c.fitted(log_probs, layout), c.axes(log_probs), wanted)
    joint = joint_layout(c, (log_probs,))
    if joint is None:
        raise TypeError("points have rows")
    dense = f"{fold_name(c, joint, layout)}.dense({c.fitted(log_probs, joint)}, -np.inf)"
    return f"xp.moveaxis({dense}, 1, -1)" if search.member in c.axes(log_probs) else f"{dense}[:, None]"


@dataclass(frozen=True)
class _Exchange:
    """What follows the choice of a step: its node, the loop around it, and what stands behind it in the loop's body."""

    c: Context
    beam: int
    loop: Loop
    inside: frozenset[int]
    late: frozenset[int]

    def rows(self, number: int) -> list[str]:
        """Return the rows of a value that change places: the current step's, and those of steps before.

        What is read `d` steps later is needed at `d - 1` steps before the current one, too, and what is read behind the
        choice at all `d`.
        """
        c, storage = self.c, self.c.storage(number)
        if storage.place not in {Place.TAPE, Place.RING, Place.STEP}:
            return []
        if storage.into is not None:  # the buffer is its user's, and changes with that unless that is not there yet
            return [c.value(number)] if storage.into in self.late and number not in self.late else []
        back = self.back(number)
        texts = [c.value(number)] if self.now(number) else []
        if storage.ring:
            return texts + [ring_rows(c, number, ahead) for ahead in range(1, back + 1)]
        return texts + [back_rows(c, number, delay) for delay in range(1, back + 1)]

    def readers(self, number: int) -> dict[int, int]:
        """Return the reads of a value at later steps, each with how many steps lie between at most."""
        return {user: delay for user in self.c.schedule.graph.readers.get(number, ()) if (delay := self.delay(user))}

    def now(self, number: int) -> bool:
        """Tell whether what was computed at the current step, before the choice, is still needed."""
        return number not in self.late | {self.beam} and (bool(self.readers(number)) or self.used(number))

    def back(self, number: int) -> int:
        """Return how many steps before the current one a value is still needed."""
        return max((delay - (not self.later(user)) for user, delay in self.readers(number).items()), default=0)

    def delay(self, user: int) -> int:
        """Return how many steps lie at most between a value and its use by a read."""
        if user not in self.inside:
            return 0
        low, high = read_offset(self.c.schedule.graph, user, self.loop.index) or (0, 0)
        return max(0, -low if self.loop.forward else high)

    def later(self, number: int) -> bool:
        """Tell whether a value is made, or used at the same step, behind the choice."""
        return number in self.late or self.used(number)

    def used(self, number: int) -> bool:
        """Tell whether something behind the choice uses a value, or a view of it, at the same step."""
        c = self.c
        users = [user for user in c.schedule.graph.users[number] if not self.delay(user)]
        views = (user for user in users if c.storage(user).place is Place.VIEW)
        return not self.late.isdisjoint(users) or any(map(self.used, views))
