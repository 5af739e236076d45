"""Beam search in a generated module: the choice of a step, and what a member takes over from the one it continues."""

from dataclasses import dataclass

from rnndsl.codegen.accesses import halo_name, ring_rows
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
    c.line(f"chosen.choose({options}, {taken}, {out})")
    order = members(loop)
    late = frozenset(order[order.index(number) + 1 :])
    exchange = _Exchange(c, number, loop, frozenset(order), late)
    for other in order:
        for text in exchange.rows(other) if search.member in c.node(other).domain else ():
            c.line(f"chosen.follow({text}{_lanes(c, other, layout)})")


def _lanes(c: Context, number: int, layout: Layout) -> str:
    """Return the argument that says whose the rows of a value are, if they are not those of the examples."""
    own = c.layout(number)
    return "" if own is None or own == layout else f", {fold_name(c, own, layout)}.group"


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
        if storage.place not in {Place.TAPE, Place.STEP}:
            return []
        if storage.into is not None:  # the buffer is its user's, and changes with that unless that is not there yet
            return [c.value(number)] if storage.into in self.late and number not in self.late else []
        readers = {user: delay for user in c.schedule.graph.readers.get(number, ()) if (delay := self.delay(user))}
        back = max((delay - (not self.later(user)) for user, delay in readers.items()), default=0)
        now = number not in self.late | {self.beam} and (readers or self.used(number))
        texts = [c.value(number)] if now else []
        if storage.ring:
            return texts + [ring_rows(c, number, ahead) for ahead in range(1, back + 1)]
        feeds = (c.feed("back", c.layout(number), str(d), wish=f"back_{d}") for d in range(1, back + 1))
        return texts + [f"{halo_name(c, number)}[{feed}]" for feed in feeds]

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
