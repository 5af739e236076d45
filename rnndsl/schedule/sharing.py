"""Sharing: a value takes over the buffer of one that nobody reads any more.

The largest come first (Pisarchyk & Lee, 2020: greedy by size). With a refinement for tapes: inside a loop a value may
be written over another one slot by slot, if every step has read the other's slot before it writes its own. Buffers for
one step are free again as soon as the step has no more use for them, and those of one loop in any other.

A kernel does several steps row by row: what it reads it may still need in other rows, or at other places of a row. A
value takes over a buffer only from another loop, or from before one, or a product of BLAS outside of loops. Kernels
count on that.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, islice, pairwise
from math import inf
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, Over
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import DType, Op
from rnndsl.schedule.layouts import Layouts
from rnndsl.schedule.placement import moves
from rnndsl.schedule.plan import Loop, Place, Step, Storage, members
from rnndsl.schedule.pointwise import parts_kernels
from rnndsl.sizes import Size

#: Where something happens: the number of the step, and within a loop that of the step of its body.
Time = tuple[int, int]

#: Data are laid out before all steps.
BEFORE: Final[Time] = (-1, 0)
#: The place of what happens at the end of a loop's step: values are put by for later steps.
END: Final = 10**9

#: How many buffers are looked at for a value, so that models of thousands of equations are shared quickly, too.
LOOKED_AT: Final = 12


class Lives:
    """From when to when the buffers of a schedule are in use."""

    def __init__(
        self, graph: RecurrenceGraph, steps: tuple[Step, ...], storage: Mapping[int, Storage], layouts: Layouts
    ) -> None:
        """Note when every node is evaluated; what stands in a loop inside a loop happens at no time of its own: -1."""
        self.graph, self.steps, self.storage, self.layouts = graph, steps, dict(storage), layouts
        self.phases: Sequence[int] = ()  # of schedules for kernels: what one kernel may do at most, by step
        self.columns = {number: _columns(graph, number) for number in graph.nodes}
        self.times: dict[int, list[Time]] = {}
        for k, step in enumerate(steps):
            for place, inner in enumerate(step.body if isinstance(step, Loop) else (step,)):
                nested = isinstance(inner, Loop)
                for number in members(inner) if isinstance(inner, Loop) else (inner.node,):
                    time = BEFORE if graph.nodes[number].op is Op.INPUT else (k, -1 if nested else place)
                    self.times.setdefault(number, []).append(time)
        self.parts: dict[int, list[int]] = {}
        owners: dict[int, int] = {}
        for number in self.times:
            self.parts.setdefault(self._owner(number, owners), []).append(number)
        self.first: dict[int, Time] = {}
        self.last: dict[int, Time] = {}
        for owner in self.parts:
            self._bound(owner)
        self._reads: dict[int, tuple[tuple[Time, int], ...]] = {}
        self._dead: dict[int, float] = {}

    def _owner(self, number: int, known: dict[int, int] | None = None) -> int:
        """Return the value whose buffer a value is computed into."""
        path, found = [number], {} if known is None else known
        while path[-1] not in found and (user := self.storage[path[-1]].into) is not None:
            path.append(user)
        owner = found.get(path[-1], path[-1])
        found.update(dict.fromkeys(path, owner))
        return owner

    def _bound(self, owner: int) -> None:
        """Note when a buffer is written first and last, by its owner or by what is computed into it."""
        times = [time for part in self.parts[owner] for time in self.times[part]]
        self.first[owner], self.last[owner] = min(times), max(times)

    def part(self, early: frozenset[int]) -> None:
        """Let values have buffers of their own that would be computed into another one's too early."""
        owners = {self._owner(number) for number in early}
        for number in early:
            self.storage[number] = replace(self.storage[number], into=None)
        known: dict[int, int] = {}
        for number in [part for owner in owners for part in self.parts.pop(owner)]:
            self.parts.setdefault(self._owner(number, known), []).append(number)
        for each in owners | early:
            self._bound(each)
            self._dead.pop(each, None)

    def reads(self, number: int) -> tuple[tuple[Time, int], ...]:
        """Return when a buffer is read, itself or by a view of it, and by which node."""
        if number not in self._reads:
            found = [(time, reader) for reader in self._readers(number) for time in self.times.get(reader, ())]
            self._reads[number] = tuple(found)
        return self._reads[number]

    def _readers(self, number: int) -> Iterator[int]:
        for user in self.graph.users[number]:
            if self.storage[user].place is Place.VIEW:
                yield from self._readers(user)
            yield user

    def dead(self, number: int) -> float:
        """Return the step after which nobody reads a buffer: infinity if it has to stay."""
        if number not in self._dead:
            steps = [self.last[number][0], *(time[0] for time, _ in self.reads(number))]
            self._dead[number] = max(steps) if self.ends(number) else inf
        return self._dead[number]

    def span(self, number: int) -> tuple[Time, Time]:
        """Return from when to when a buffer for one step is in use: all along where there are loops or walks inside."""
        times = [self.last[number], *(time for time, _ in self.reads(number))]
        (begin, _), (end, _) = first, last = self.first[number], max(times)
        around = [step for step in (self.steps[begin], self.steps[end]) if isinstance(step, Loop)]
        walks = any(loop.inside for loop in around)
        if walks or first[1] < 0 or any(place < 0 for _, place in times):
            return (begin, -1), (end, END)
        return first, (end, END) if self.storage[number].ring else last

    def fused(self, one: Time, other: Time) -> bool:
        """Tell whether one kernel may do what happens at two times."""
        return bool(self.phases) and min(one[0], other[0]) >= 0 and self.phases[one[0]] == self.phases[other[0]]

    def ends(self, number: int) -> bool:
        """Tell whether a buffer is free some time: what a call returns or hands on to the next one never is."""
        views = (user for user in self.graph.users[number] if self.storage[user].place is Place.VIEW)
        return (
            not self.storage[number].handed_on
            and number not in self.graph.returned
            and all(self.ends(view) for view in views)
        )


class Buffers:
    """All buffers so far, by what they have room for; of each its holders, in the order in which they are written."""

    def __init__(self, lives: Lives) -> None:
        """Start without any."""
        self.lives = lives
        self.holders: dict[int, list[int]] = {}
        self.rooms: dict[tuple[object, ...], dict[tuple[Size, bool], list[int]]] = {}
        self.rests: dict[tuple[Size, Size], int | None] = {}

    def fitting(self, number: int) -> Iterator[int]:
        """Yield the owners of buffers that have room for a value: those that it fills best first, then the latest."""
        lives, own = self.lives, self.lives.columns[number]
        rooms = self.rooms.get(self._kind(number), {})
        rests = {room: self._rest(room[0], own) for room in rooms if room[1] >= lives.storage[number].halo}
        large = ((rest, room[1], room) for room, rest in rests.items() if rest is not None)
        for _, _, room in sorted(large, key=lambda one: one[:2]):
            # the first holder is the owner: a buffer does not grow within a call
            yield from (owner for owner in reversed(rooms[room]) if lives.first[owner] <= lives.first[number])

    def _rest(self, room: Size, own: Size) -> int | None:
        """Return about how much of a buffer a value leaves, None if it has no room for it."""
        if (room, own) not in self.rests:
            rest = room - own
            self.rests[room, own] = _guess(rest) if all(count > 0 for _, count in rest.terms) else None
        return self.rests[room, own]

    def room(self, number: int, owner: int) -> frozenset[int] | None:
        """Tell whether a buffer is free for a value, between the holders that are written before it and after it."""
        holders, first = self.holders[owner], self.lives.first
        place = bisect_right(holders, first[number], key=first.__getitem__)
        early = frozenset[int]()
        for pair in ([holders[place - 1], number] if place else [], [number, *holders[place : place + 1]]):
            if len(pair) == 2:
                own = _apart(self.lives, *pair)
                if own is None:
                    return None
                early |= own
        return early

    def give(self, number: int, owner: int) -> None:
        """Note that a value has a buffer, perhaps one of its own."""
        if owner == number:
            room = self.lives.columns[number], self.lives.storage[number].halo
            self.rooms.setdefault(self._kind(number), {}).setdefault(room, []).append(number)
        insort(self.holders.setdefault(owner, []), number, key=self.lives.first.__getitem__)

    def _kind(self, number: int) -> tuple[object, ...]:
        lives = self.lives
        node, step = lives.graph.nodes[number], lives.storage[number].place is Place.STEP
        return step, node.dtype, node.batch, lives.layouts[number]


def share_buffers(
    graph: RecurrenceGraph,
    steps: tuple[Step, ...],
    plan: tuple[Mapping[int, Storage], Layouts],
    *,
    clustered: bool = False,
    spent: bool = False,
) -> dict[int, Storage]:
    """Return the storage of all nodes, with whose buffer they take over; `plan` is that so far, and the layouts.

    `clustered` is an order for kernels. What parameters alone make is `spent` where no later call is given it.
    """
    storage, layouts = plan
    if any(node.op is Op.BEAM for node in graph.nodes.values()):  # its states follow the back-pointers together
        return dict(storage)
    lives = Lives(graph, steps, storage, layouts)
    lives.phases = _phases(graph, steps) if clustered else ()
    buffers = Buffers(lives)
    for number in _largest_first(lives, spent=spent):
        _place(lives, buffers, number)
    for number in _of_one_step(lives):
        if clustered or not _on_a_tape(lives, buffers, number):
            _place(lives, buffers, number)
    return lives.storage


def _place(lives: Lives, buffers: Buffers, number: int) -> None:
    """Give a value the first buffer that it can take over, or one of its own."""
    tried = ((owner, buffers.room(number, owner)) for owner in islice(buffers.fitting(number), LOOKED_AT))
    owner, early = next(((o, cut) for o, cut in tried if cut is not None), (number, frozenset()))
    lives.part(early)
    if owner != number:
        lives.storage[number] = replace(lives.storage[number], takes=owner)
    buffers.give(number, owner)


def _on_a_tape(lives: Lives, buffers: Buffers, number: int) -> bool:
    """Put a value of one step into its slot of a dead tape, if it can be: where steps are of very different width.

    Half of the nodes of a tree are leaves, so room for one step, whichever it is, is room for half of all points.
    """
    loop, own = lives.steps[lives.first[number][0]], lives.storage[number]
    if not isinstance(loop, Loop) or loop.sliced or own.ring:
        return False
    lives.storage[number] = replace(own, place=Place.TAPE)
    for owner in islice(buffers.fitting(number), LOOKED_AT):
        if buffers.room(number, owner) == frozenset():
            lives.storage[number] = replace(lives.storage[number], takes=owner)
            buffers.give(number, owner)
            return True
    lives.storage[number] = own
    return False


def _largest_first(lives: Lives, *, spent: bool) -> list[int]:
    """Return the owners of buffers with all points, by size and by when they are written first.

    Of what has no points, what parameters alone make is left out where it is not spent, and vectors, which are small.
    """
    found = [
        number
        for number, storage in lives.storage.items()
        if storage.place in {Place.WHOLE, Place.TAPE}
        and storage.into is None
        and number in lives.first
        and (lives.layouts[number] is not None or _is_large(lives, number, spent=spent))
    ]
    return sorted(found, key=lambda n: (-_guess(lives.columns[n]), not lives.storage[n].halo, lives.first[n]))


def _is_large(lives: Lives, number: int, *, spent: bool) -> bool:
    """Tell matrices without points, and what has axes for every example."""
    node = lives.graph.nodes[number]
    axes = len(node.domain) + len(node.shape)
    return node.op is not Op.INPUT and node.dtype is DType.REAL and (axes > 0 if node.batch else spent and axes > 1)


def _of_one_step(lives: Lives) -> Iterator[int]:
    """Yield the owners of buffers for one step, when those with all points have theirs."""
    found = [
        number
        for number, storage in lives.storage.items()
        if storage.place is Place.STEP and storage.into is None and not storage.in_ring and number in lives.first
    ]
    yield from sorted(found, key=lambda n: (-_guess(lives.columns[n]), lives.first[n]))


def _guess(size: Size) -> int:
    """Return about how large a size is, without knowing the dimensions."""
    return sum(count * 64 ** len(monomial) for monomial, count in size.terms)


def _columns(graph: RecurrenceGraph, number: int) -> Size:
    """Return how many numbers a node has at a point of its ragged indices."""
    columns = Size.of(1)
    for extent in (*(i.extent for i in graph.nodes[number].domain if not i.ragged), *graph.nodes[number].shape):
        columns = columns * extent
    return columns


def _apart(lives: Lives, holder: int, number: int) -> frozenset[int] | None:
    """Tell whether two values can have one buffer: the first is dead before the second one is written.

    Inside a loop it is enough that this holds slot by slot. Returned is what the second one's loop must not compute
    into its buffer for that, but into a buffer for one step; None if they cannot.
    """
    if lives.storage[number].place is Place.STEP:
        return _step_apart(lives, holder, number)
    step, done = lives.first[number][0], lives.last[number]
    if lives.dead(holder) < step:
        last = max([lives.last[holder], *(time for time, _ in lives.reads(holder))])
        return frozenset() if _in_other_kernels(lives, number, last) else None
    if lives.dead(holder) > step or lives.last[holder][0] == step or not _alike(lives, holder, number):
        return None
    reads = [(time, reader) for time, reader in lives.reads(holder) if time[0] == step]
    last = max(time for time, _ in reads)
    together = last == done and [reader for time, reader in reads if time == done] == [number]
    if last >= done and not (together and _in_place(lives, holder, number)):
        return None
    if not _in_other_kernels(lives, number, last):
        return None
    early = [e for e in lives.parts[number] if e != number and min(lives.times[e]) <= last]
    loop = lives.steps[step]
    if not isinstance(loop, Loop):
        return None if early else frozenset()
    return _early(lives, early) if _same_slots(lives, (holder, number), loop, reads) else None


def _step_apart(lives: Lives, holder: int, number: int) -> frozenset[int] | None:
    """Tell whether two values of steps can have one buffer: the first is not needed when the second one is written."""
    (_, last), (first, _) = lives.span(holder), lives.span(number)
    over = last == first and [user for time, user in lives.reads(holder) if time == last] == [number]
    apart = last < first or (over and _in_place(lives, holder, number))
    return frozenset() if apart and _in_other_kernels(lives, number, last) else None


def _in_other_kernels(lives: Lives, number: int, last: Time) -> bool:
    """Tell whether no kernel that reads a buffer for the `last` time may write a value into it.

    A kernel does many steps row by row, and reads other places of a row, too: what it writes over it may still need.
    """
    return not any(lives.fused(last, time) for part in lives.parts[number] for time in lives.times[part])


def _phases(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> tuple[int, ...]:
    """Return for every step which of them one kernel may do together: a loop's own, or those between two others.

    Between loops and products of BLAS, that is.
    """
    parting = [isinstance(step, Loop) or parts_kernels(graph, step.node) for step in steps]
    return tuple(accumulate((own or before for before, own in pairwise(parting)), initial=0))


def _alike(lives: Lives, holder: int, number: int) -> bool:
    """Tell whether the same point of two values has the same place in their buffers."""
    storage = lives.storage
    return lives.columns[holder] == lives.columns[number] and storage[holder].halo == storage[number].halo is False


def _in_place(lives: Lives, holder: int, number: int) -> bool:
    """Tell whether a value can be computed over its operand, component by component.

    The first two terms of a sum are read before it is written, all others after.
    """
    node, operand = lives.graph.nodes[number], lives.graph.nodes[holder]
    same = (node.domain, node.shape, node.batch) == (operand.domain, operand.shape, operand.batch)
    return (
        same
        and (node.op in ELEMENTWISE - {Op.WHERE} or _is_dense_softmax(node))
        and node.operands.count(holder) == 1
        and (node.op is not Op.ADD or holder in node.operands[:2])
    )


def _is_dense_softmax(node: Node) -> bool:
    """Tell a softmax over components or ranges: it is done step by step in its result's buffer."""
    return node.op is Op.SOFTMAX and isinstance(node.attr, Over) and not any(i.ragged for i in node.attr.indices)


def _same_slots(lives: Lives, pair: tuple[int, int], loop: Loop, reads: list[tuple[Time, int]]) -> bool:
    """Tell whether a step of a loop writes the slot of one value, and reads no other slot of the one it replaces."""
    layout = lives.layouts[pair[0]]
    if not loop.ragged or loop.inside or layout is None or not set(loop.indices) <= set(layout.indices):
        return False
    written = [time[1] for part in lives.parts[pair[1]] for time in lives.times[part]]
    places = written + [time[1] for time, _ in reads]
    return min(places) >= 0 and not any(moves(lives.graph, reader, loop) for _, reader in reads)


def _early(lives: Lives, early: list[int]) -> frozenset[int] | None:
    """Return those of the values that are computed into another one's buffer too early which begin a chain of them."""
    into = {number: lives.storage[number].into for number in early}
    cut = {number for number, user in into.items() if user not in early}
    steps = all(lives.storage[number].place is Place.STEP for number in cut)
    free = all(user is not None and lives.graph.nodes[user].op in ELEMENTWISE for user in map(into.get, cut))
    return frozenset(cut) if steps and free else None
