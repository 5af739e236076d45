"""Strongly connected components, by the paths to them (Gabow 2000, "Path-based depth-first search"): no recursion."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Final

#: When a node of a component that is complete was met: after all others, so that it bounds no path any more.
CLOSED: Final = 10**12


def strong_components(roots: Iterable[int], needs: Callable[[int], Iterable[int]]) -> list[list[int]]:
    """Return the components of all that `roots` need, each after those that it needs."""
    search = _Search(needs)
    return [component for root in roots if root not in search.met for component in search.walk(root)]


def in_order(components: Sequence[Sequence[int]], needs: Mapping[int, Sequence[int]]) -> Iterator[Sequence[int]]:
    """Yield components after those that they need; of those that could be next the one with the smallest first node."""
    own = {component[0]: component for component in components}
    first = {number: component[0] for component in components for number in component}
    missing, users = dict.fromkeys(own, 0), {number: list[int]() for number in own}
    for user, operands in needs.items():
        for operand in operands:
            if first[operand] != first[user]:
                missing[first[user]] += 1
                users[first[operand]].append(first[user])
    free = [number for number, count in missing.items() if not count]
    heapify(free)
    while free:
        number = heappop(free)
        yield own[number]
        for user in users[number]:
            missing[user] -= 1
            if not missing[user]:
                heappush(free, user)


class _Search:
    """A search in depth; `open` are nodes whose component is not complete, `borders` where one of them may begin."""

    def __init__(self, needs: Callable[[int], Iterable[int]]) -> None:
        self.needs = needs
        self.met: dict[int, int] = {}  # in which order
        self.open: list[int] = []
        self.borders: list[int] = []

    def walk(self, root: int) -> Iterator[list[int]]:
        """Yield the components of what a node needs that was not met before."""
        met, borders = self.met, self.borders
        path = [(root, self._enter(root))]
        while path:
            number, rest = path[-1]
            for operand in rest:
                place = met.get(operand)
                if place is None:
                    path.append((operand, self._enter(operand)))
                    break
                while met[borders[-1]] > place:
                    borders.pop()
            else:
                path.pop()
                if borders[-1] == number:
                    yield self._closed()

    def _enter(self, number: int) -> Iterator[int]:
        self.met[number] = len(self.met)
        self.open.append(number)
        self.borders.append(number)
        return iter(self.needs(number))

    def _closed(self) -> list[int]:
        """Return the component that begins at the last border: all that was met since then."""
        number, at = self.borders.pop(), len(self.open) - 1
        if self.open[at] == number:  # nearly all are one node
            self.met[number] = CLOSED
            return [self.open.pop()]
        while self.open[at] != number:
            at -= 1
        component = self.open[at:]
        del self.open[at:]
        self.met.update(dict.fromkeys(component, CLOSED))
        return component
