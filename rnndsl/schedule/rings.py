"""Rings: of a state that nobody reads after its loop, only the last steps are kept.

A loop that walks one sequence forward reads earlier steps of its states. Without a gradient, and where no product over
all points follows, nobody else does: then a buffer with room for as many steps as the halo has, and for the current
one, will do, however long the sequence is. Each step takes the place of the oldest one. The last steps are there in the
end: for the next chunk, and for who reads the last point.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.graph.offsets import read_offset
from rnndsl.indices import End
from rnndsl.ops import Op
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.placement import is_sliced, moves
from rnndsl.schedule.plan import Loop, Place, Schedule, Storage
from rnndsl.schedule.storage import find_sites, walked_by


def keep_windows(schedule: Schedule) -> dict[int, Storage]:
    """Return the storage of all nodes, with rings in the place of tapes where they will do."""
    graph, sites, found = schedule.graph, find_sites(schedule.steps), dict(schedule.storage)
    for number, own in schedule.storage.items():
        loop, layout = walked_by(schedule.home, number), schedule.layouts[number]
        if own.place is not Place.TAPE or not own.halo or loop is None or not _goes_on(loop):
            continue
        stands = layout == loop.layout(ragged_of(graph.nodes[number].domain)) and layout not in schedule.borders
        if stands and _Window(graph, loop, sites, schedule.storage).holds(number):
            found[number] = replace(own, place=Place.RING, slots=schedule.halos[loop.index] + 1)
    return found


def reads_last(graph: RecurrenceGraph, user: int, number: int) -> bool:
    """Tell whether a node reads the last point of a sequence, and nothing but that, of a value that stands on it."""
    node = graph.nodes[user]
    attr, own = node.attr, ragged_of(graph.nodes[number].domain)
    if node.op is not Op.READ or not isinstance(attr, ReadAt) or node.operands.index(number) or len(own) != 1:
        return False
    ((_, access), *others) = attr.at
    return not others and access == End(last=True) and not ragged_of(node.domain) and node.operands.count(number) == 1


def _goes_on(loop: Loop) -> bool:
    return loop.forward and loop.sliced and not loop.inside


@dataclass(frozen=True)
class _Window:
    """The last steps of a loop: which loops compute the nodes of a graph, and where their values live."""

    graph: RecurrenceGraph
    loop: Loop
    sites: Mapping[int, AbstractSet[int | None]]
    storage: Mapping[int, Storage]

    def holds(self, number: int) -> bool:
        """Tell whether a value, and its views, are read by the loop alone, no step far away, or at the last point."""
        if number in self.graph.returned or self.sites[number] != {self.loop.number}:
            return False
        users = self.graph.users[number]
        return all(self._is_near(number, user) or self._is_end(number, user) for user in users)

    def _is_near(self, number: int, user: int) -> bool:
        node = self.graph.nodes[user]
        if self.sites[user] != {self.loop.number}:
            return False
        if node.op in {Op.READ, Op.USES}:
            near = is_sliced(self.graph, user, self.loop) and read_offset(self.graph, user, self.loop.index) is not None
            if node.operands[0] != number or (moves(self.graph, user, self.loop) and not near):
                return False
        return self.storage[user].place is not Place.VIEW or self.holds(user)

    def _is_end(self, number: int, user: int) -> bool:
        taken = self.storage[number].place is Place.TAPE and self.storage[user].place is not Place.VIEW
        return taken and self.sites[user] == {None} and reads_last(self.graph, user, number)
