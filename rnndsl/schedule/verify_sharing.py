"""The verifier of shared buffers: whatever is read is still there.

It plays a schedule through and notes whose value every buffer holds. Inside a loop it plays one step, at one slot of
every tape; what reads other steps needs a tape that nobody else writes in that loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from rnndsl.ops import Op
from rnndsl.schedule.placement import is_sliced, moves
from rnndsl.schedule.plan import Evaluate, Loop, Place, Schedule, ScheduleError, members

NOTHING: Final[Mapping[int, set[int]]] = MappingProxyType({})


def verify_sharing(schedule: Schedule) -> None:
    """Check the buffers that values take over.

    Raises:
        ScheduleError: one has no room, or is overwritten before it is read for the last time.
    """
    play = _Play(schedule)
    for number, storage in schedule.storage.items():
        if storage.takes is not None:
            _check_room(schedule, number, storage.takes)
    for step in schedule.steps:
        if isinstance(step, Evaluate):
            play.evaluate(step.node)
        else:
            play.walk(step)
    for number in schedule.graph.nodes:
        if number in schedule.graph.returned or _is_carried(schedule, number):
            play.check(number, number)


def _check_room(schedule: Schedule, number: int, owner: int) -> None:
    """A value stands in a buffer as its owner does, row by row."""
    own, theirs = schedule.graph.nodes[number], schedule.graph.nodes[owner]
    if (own.dtype, schedule.layouts[number]) != (theirs.dtype, schedule.layouts[owner]):
        raise ScheduleError(f"it takes over the buffer of node {owner}, which is of another kind", number)
    if schedule.storage[number].halo and not schedule.storage[owner].halo:
        raise ScheduleError(f"it takes over the buffer of node {owner}, which has no halo", number)
    if schedule.storage[owner].takes is not None or schedule.storage[number].into is not None:
        raise ScheduleError(f"it takes over the buffer of node {owner}, which is not its own", number)


def _is_carried(schedule: Schedule, number: int) -> bool:
    """Tell whether a call hands a value's last points on to the next one."""
    layout, node = schedule.layouts[number], schedule.graph.nodes[number]
    along = number in schedule.crossing or (layout is not None and layout.chain is not None)
    return schedule.storage[number].halo and node.adjoint == 0 and along


@dataclass
class _Play:
    schedule: Schedule
    holds: dict[int, int] = field(default_factory=dict)

    def evaluate(self, number: int, loop: Loop | None = None, written: Mapping[int, set[int]] = NOTHING) -> None:
        """Read the operands and write the result; a view does neither. `written` is what the open loop writes."""
        if self.schedule.storage[number].place is Place.VIEW:
            return
        for operand in self.schedule.graph.nodes[number].operands:
            source, elsewhere = self.source(number, operand, loop)
            if source is None:
                continue
            found = self.buffer(source)
            if found is None or not elsewhere or found[0] not in written:
                self.check(source, number)
            elif written[found[0]] != {found[1]}:
                raise ScheduleError(f"node {number} reads it at other steps, where it is overwritten", operand)
        if (found := self.buffer(number)) is not None:
            self.check_terms(number, found[0])
            self.holds[found[0]] = found[1]

    def check_terms(self, number: int, owner: int) -> None:
        """Refuse a sum over a term that is added after the first two: by then the sum is in its buffer."""
        graph, storage = self.schedule.graph, self.schedule.storage
        terms = sorted(graph.nodes[number].operands, key=lambda operand: storage[operand].into != number)
        for term in terms[2:] if graph.nodes[number].op is Op.ADD else ():
            if self.buffer(term) == (owner, term):
                raise ScheduleError(f"node {number} is added up over it before it is added", term)

    def walk(self, loop: Loop) -> None:
        """Play one step."""
        written: dict[int, set[int]] = {}
        for number in members(loop):
            found = self.buffer(number)
            if found is not None and self.schedule.storage[number].place is not Place.VIEW:
                written.setdefault(found[0], set()).add(found[1])
        for number in members(loop):
            self.evaluate(number, loop, written)
        for number in members(loop):
            if self.schedule.storage[number].ring:
                self.check(number, number)

    def source(self, number: int, operand: int, loop: Loop | None) -> tuple[int | None, bool]:
        """Return the value that is read, and whether at other steps: what a loop inside does is mixed with others.

        Values of later steps are read out of a ring, which is nobody else's: None.
        """
        graph, storage = self.schedule.graph, self.schedule.storage
        mixed = loop is not None and (len(self.schedule.home.get(number, ())) > 1 or bool(loop.inside))
        elsewhere = loop is not None and (mixed or moves(graph, number, loop))
        while storage[operand].place is Place.VIEW and graph.nodes[operand].operands:
            elsewhere |= loop is not None and operand in members(loop) and moves(graph, operand, loop)
            operand = graph.nodes[operand].operands[0]
        ring = elsewhere and loop is not None and operand in members(loop) and storage[operand].ring
        ring = ring and loop is not None and is_sliced(graph, number, loop)
        return (None if ring else operand), elsewhere

    def check(self, number: int, user: int) -> None:
        """Raise an error where a buffer holds another value than the one that is read."""
        found = self.buffer(number)
        if found is not None and self.holds.get(found[0], found[1]) != found[1]:
            raise ScheduleError(f"node {user} reads it, but node {self.holds[found[0]]} is in its buffer", number)

    def buffer(self, number: int) -> tuple[int, int] | None:
        """Return the buffer that a node's value is in, by its owner, and the value that it is part of."""
        nodes, storage = self.schedule.graph.nodes, self.schedule.storage
        while storage[number].place is Place.VIEW and nodes[number].operands:
            number = nodes[number].operands[0]
        while (user := storage[number].into) is not None:
            number = user
        if storage[number].place not in {Place.WHOLE, Place.TAPE}:
            return None
        takes = storage[number].takes
        return (number if takes is None else takes), number
