"""The verifier of shared buffers: whatever is read is still there.

It plays a schedule through and notes whose value every buffer holds. Inside a loop it plays one step, at one slot of
every tape; what reads other steps needs a tape that nobody else writes in that loop. Data come first, before all steps.

A kernel does several steps row by row, and may be as long as a loop's body, or as all that stands between two loops.
While that is played, a buffer that was read or written is written by no other value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from rnndsl.graph.node import Over
from rnndsl.graph.signatures import ELEMENTWISE
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
    for number, node in schedule.graph.nodes.items():
        if node.op is Op.INPUT:
            play.evaluate(number)
    for step in schedule.steps:
        if isinstance(step, Evaluate) and schedule.graph.nodes[step.node].op is not Op.INPUT:
            play.evaluate(step.node)
        elif isinstance(step, Evaluate):
            continue
        else:
            play.walk(step)
    for number in schedule.graph.nodes:
        if number in schedule.graph.returned or _is_carried(schedule, number):
            play.check(number, number)


def _check_room(schedule: Schedule, number: int, owner: int) -> None:
    """A value stands in a buffer as its owner does, row by row."""
    own, theirs = schedule.graph.nodes[number], schedule.graph.nodes[owner]
    kinds = [
        (node.dtype, node.batch, schedule.layouts[n], schedule.storage[n].place is Place.STEP)
        for n, node in ((number, own), (owner, theirs))
    ]
    rings = Place.RING in {schedule.storage[number].place, schedule.storage[owner].place}
    if kinds[0] != kinds[1] or own.op is Op.INPUT or rings:
        raise ScheduleError(f"it takes over the buffer of node {owner}, which is of another kind", number)
    if schedule.storage[number].halo and not schedule.storage[owner].halo:
        raise ScheduleError(f"it takes over the buffer of node {owner}, which has no halo", number)
    if schedule.storage[owner].takes is not None or schedule.storage[number].into is not None:
        raise ScheduleError(f"it takes over the buffer of node {owner}, which is not its own", number)
    if not (own.batch or schedule.spent or schedule.layouts[number]):
        raise ScheduleError(f"it takes over the buffer of node {owner}, which later calls may be given", number)


def _is_carried(schedule: Schedule, number: int) -> bool:
    """Tell whether a call hands a value's last points on to the next one."""
    layout, node = schedule.layouts[number], schedule.graph.nodes[number]
    along = number in schedule.crossing or (layout is not None and layout.chain is not None)
    return schedule.storage[number].halo and node.adjoint == 0 and along


@dataclass
class _Play:
    schedule: Schedule
    holds: dict[int, int] = field(default_factory=dict)
    phase: int | None = None  # the loop that a kernel may be in, None outside of all
    touched: dict[int, set[int]] = field(
        default_factory=dict
    )  # by what may be one kernel, of every buffer which values

    def evaluate(self, number: int, loop: Loop | None = None, written: Mapping[int, set[int]] = NOTHING) -> None:
        """Read the operands and write the result; a view does neither. `written` is what the open loop writes."""
        storage = self.schedule.storage[number]
        if storage.place in {Place.VIEW, Place.INLINE, Place.SOURCE}:
            return
        self.go_on(loop)
        here: list[int] = []  # operands that are not read out of a ring
        for operand in self.schedule.graph.nodes[number].operands:
            source, elsewhere = self.source(number, operand, loop)
            if source is None:
                continue
            here.append(operand)
            found = self.buffer(source)
            if found is not None:
                self.touched.setdefault(found[0], set()).add(found[1])
            if found is None or not elsewhere or found[0] not in written:
                self.check(source, number)
            elif written[found[0]] != {found[1]}:
                raise ScheduleError(f"node {number} reads it at other steps, where it is overwritten", operand)
        if (found := self.buffer(number)) is not None:
            self.check_in_place(number, here, found)
            self.check_terms(number, found[0])
            self.check_kernel(*found)
            self.holds[found[0]] = found[1]

    def go_on(self, loop: Loop | None) -> None:
        """Begin another kernel where one loop ends and another one begins."""
        phase = None if loop is None else loop.number
        if not self.schedule.clustered or phase != self.phase:
            self.touched = {}
        self.phase = phase

    def check_kernel(self, owner: int, value: int) -> None:
        """Refuse what a kernel would write over that it has not read in all rows."""
        touched = self.touched.setdefault(owner, set())
        for other in touched - {value} if self.schedule.clustered else ():
            raise ScheduleError(f"a kernel may write over node {other} before it has read all of it", value)
        touched.add(value)

    def check_in_place(self, number: int, operands: Sequence[int], own: tuple[int, int]) -> None:
        """Refuse to compute over an operand but component by component, or by a softmax, which begins with a copy."""
        owner, value = own
        nodes = self.schedule.graph.nodes
        node, attr = nodes[number], nodes[number].attr
        for operand in operands:
            held = self.buffer(operand)
            if held is None or held[0] != owner or held[1] == value:
                continue
            softmax = node.op is Op.SOFTMAX and isinstance(attr, Over) and not any(i.ragged for i in attr.indices)
            alike = (node.domain, node.shape, node.batch) == tuple(
                getattr(nodes[held[1]], part) for part in ("domain", "shape", "batch")
            )
            if not alike or not (softmax or node.op in ELEMENTWISE - {Op.WHERE}) or node.operands.count(operand) > 1:
                raise ScheduleError(f"node {number} is computed over it, but not component by component", operand)

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
        if storage[number].place not in {Place.WHOLE, Place.TAPE, Place.STEP} or storage[number].in_ring:
            return None
        takes = storage[number].takes
        return (number if takes is None else takes), number
