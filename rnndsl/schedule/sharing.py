"""Sharing: a value with all its points takes over the buffer of one that nobody reads any more.

The largest come first (Pisarchyk & Lee, 2020: greedy by size). With one refinement for tapes: inside a loop a value may
be written over another one slot by slot, if every step has read the other's slot before it writes its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.schedule.layouts import Layouts
from rnndsl.schedule.placement import moves
from rnndsl.schedule.plan import Loop, Place, Step, Storage, members
from rnndsl.sizes import Size

#: Where something happens: the number of the step, and within a loop that of the step of its body.
Time = tuple[int, int]


@dataclass(frozen=True)
class Lives:
    """From when to when the buffers of a schedule are in use."""

    graph: RecurrenceGraph
    steps: tuple[Step, ...]
    storage: dict[int, Storage]
    layouts: Layouts
    columns: Mapping[int, Size]

    @cached_property
    def times(self) -> dict[int, list[Time]]:
        """When every node is evaluated; what stands in a loop inside a loop happens at no time of its own: -1."""
        found: dict[int, list[Time]] = {}
        for k, step in enumerate(self.steps):
            for place, inner in enumerate(step.body if isinstance(step, Loop) else (step,)):
                nested = isinstance(inner, Loop)
                for number in members(inner) if isinstance(inner, Loop) else (inner.node,):
                    found.setdefault(number, []).append((k, -1 if nested else place))
        return found

    def owner(self, number: int) -> int:
        """Return the value whose buffer a value is computed into."""
        while (user := self.storage[number].into) is not None:
            number = user
        return number

    @cached_property
    def writes(self) -> dict[int, list[Time]]:
        """When something is written into every buffer, by its owner or by what is computed into it."""
        found: dict[int, list[Time]] = {}
        for number, times in self.times.items():
            found.setdefault(self.owner(number), []).extend(times)
        return found

    @cached_property
    def first(self) -> dict[int, Time]:
        """When something is written into every buffer for the first time."""
        return {number: min(times) for number, times in self.writes.items()}

    def readers(self, number: int) -> Iterator[int]:
        """Yield the nodes that read a buffer, or a view of it."""
        for user in self.graph.users[number]:
            if self.storage[user].place is Place.VIEW:
                yield from self.readers(user)
            yield user

    def ends(self, number: int) -> bool:
        """Tell whether a buffer is free some time: what a call returns or hands on to the next one never is."""
        layout = self.layouts[number]
        handed = self.storage[number].halo and self.graph.nodes[number].adjoint == 0 and layout and layout.chain
        views = (user for user in self.graph.users[number] if self.storage[user].place is Place.VIEW)
        return not handed and number not in self.graph.returned and all(self.ends(view) for view in views)

    def reads(self, number: int) -> Iterator[tuple[Time, int]]:
        """Yield when a buffer is read, and by which node."""
        for reader in self.readers(number):
            yield from ((time, reader) for time in self.times.get(reader, ()))


def share_buffers(
    graph: RecurrenceGraph, steps: tuple[Step, ...], storage: Mapping[int, Storage], layouts: Layouts
) -> dict[int, Storage]:
    """Return the storage of all nodes, with whose buffer they take over."""
    columns = {number: _columns(graph, number) for number in graph.nodes}
    lives = Lives(graph, steps, dict(storage), layouts, columns)
    holders: dict[int, list[int]] = {}
    if any(node.op is Op.BEAM for node in graph.nodes.values()):  # its states follow the back-pointers together
        return lives.storage
    for number in _largest_first(lives):
        owner, early = _taken_over(lives, holders, number)
        if early:
            changed = {each: replace(lives.storage[each], into=None) for each in early}
            lives = replace(lives, storage=lives.storage | changed)
        if owner != number:
            lives.storage[number] = replace(lives.storage[number], takes=owner)
        holders.setdefault(owner, []).append(number)
    return lives.storage


def _taken_over(lives: Lives, holders: Mapping[int, list[int]], number: int) -> tuple[int, frozenset[int]]:
    """Return the owner of the smallest buffer that a value can have, and what is computed elsewhere for that."""
    wastes = {owner: _waste(lives, owner, number) for owner in holders}
    for _, owner in sorted((waste, owner) for owner, waste in wastes.items() if waste is not None):
        early = [_apart(lives, holder, number) for holder in holders[owner]]
        if None not in early:
            return owner, frozenset[int]().union(*(each for each in early if each is not None))
    return number, frozenset()


def _largest_first(lives: Lives) -> list[int]:
    """Return the owners of buffers with all points of ragged indices, by size and by when they are written first."""
    found = [
        number
        for number, storage in lives.storage.items()
        if storage.place in {Place.WHOLE, Place.TAPE}
        and storage.into is None
        and lives.layouts[number] is not None
        and lives.graph.nodes[number].op is not Op.INPUT
        and number in lives.writes
    ]
    return sorted(found, key=lambda n: (-_guess(lives.columns[n]), not lives.storage[n].halo, lives.first[n]))


def _guess(size: Size) -> int:
    """Return about how large a size is, without knowing the dimensions."""
    return sum(count * 64 ** len(monomial) for monomial, count in size.terms)


def _waste(lives: Lives, owner: int, number: int) -> tuple[int, int] | None:
    """Return how much of a buffer would not be used, in an order of sizes; None where it has no room."""
    theirs, own = lives.graph.nodes[owner], lives.graph.nodes[number]
    late = lives.first[owner] > lives.first[number]  # a buffer does not grow within a call
    if late or theirs.dtype is not own.dtype or lives.layouts[owner] != lives.layouts[number]:
        return None
    halos = lives.storage[owner].halo - lives.storage[number].halo
    more = lives.columns[owner] - lives.columns[number]
    return None if halos < 0 or any(count < 0 for _, count in more.terms) else (_guess(more), halos)


def _columns(graph: RecurrenceGraph, number: int) -> Size:
    """Return how many numbers a node has at a point of its ragged indices."""
    columns = Size.of(1)
    for extent in (*(i.extent for i in graph.nodes[number].domain if not i.ragged), *graph.nodes[number].shape):
        columns = columns * extent
    return columns


def _apart(lives: Lives, one: int, other: int) -> frozenset[int] | None:
    """Tell whether two values can have one buffer: the first is dead before the second one is written.

    Inside a loop it is enough that this holds slot by slot. Returned is what the second one's loop must not compute
    into its buffer for that, but into a buffer for one step; None if they cannot.
    """
    holder, number = sorted((one, other), key=lives.first.__getitem__)
    if not lives.ends(holder):
        return None
    step = lives.first[number][0]
    reads = [(time, reader) for time, reader in lives.reads(holder) if time[0] >= step]
    last = max([time for time, _ in reads] + lives.writes[holder])
    if last[0] < step:
        return frozenset()
    if last[0] > step or max(lives.writes[holder])[0] == step or not _alike(lives, holder, number):
        return None
    done = max(lives.writes[number])
    together = last == done and [reader for time, reader in reads if time == done] == [number]
    if last >= done and not (together and _in_place(lives, holder, number)):
        return None
    early = [e for e in lives.times if e != number and lives.owner(e) == number and min(lives.times[e]) <= last]
    loop = lives.steps[step]
    if not isinstance(loop, Loop):
        return None if early else frozenset()
    return _early(lives, early) if _same_slots(lives, (holder, number), loop, reads) else None


def _alike(lives: Lives, holder: int, number: int) -> bool:
    """Tell whether the same point of two values has the same place in their buffers."""
    storage = lives.storage
    return lives.columns[holder] == lives.columns[number] and storage[holder].halo == storage[number].halo is False


def _in_place(lives: Lives, holder: int, number: int) -> bool:
    """Tell whether a value can be computed over its operand, component by component."""
    node, operand = lives.graph.nodes[number], lives.graph.nodes[holder]
    same = (node.domain, node.shape, node.batch) == (operand.domain, operand.shape, operand.batch)
    return same and node.op in ELEMENTWISE - {Op.WHERE} and node.operands.count(holder) == 1


def _same_slots(lives: Lives, pair: tuple[int, int], loop: Loop, reads: list[tuple[Time, int]]) -> bool:
    """Tell whether a step of a loop writes the slot of one value, and reads no other slot of the one it replaces."""
    layout = lives.layouts[pair[0]]
    if not loop.ragged or layout is None or not set(loop.indices) <= set(layout.indices):
        return False
    places = [place for _, place in lives.writes[pair[1]]] + [time[1] for time, _ in reads]
    return min(places) >= 0 and not any(moves(lives.graph, reader, loop) for _, reader in reads)


def _early(lives: Lives, early: list[int]) -> frozenset[int] | None:
    """Return those of the values that are computed into another one's buffer too early which begin a chain of them."""
    into = {number: lives.storage[number].into for number in early}
    cut = {number for number, user in into.items() if user not in early}
    steps = all(lives.storage[number].place is Place.STEP for number in cut)
    free = all(user is not None and lives.graph.nodes[user].op in ELEMENTWISE for user in map(into.get, cut))
    return frozenset(cut) if steps and free else None
