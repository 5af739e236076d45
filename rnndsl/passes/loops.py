"""Which nodes stand in a loop: the strongly connected components that have a cycle.

"Recurrent" in a pass always means *in the same component*: a value that another loop makes is as good as an input.
"""

from collections.abc import Container, Mapping

from rnndsl.graph.node import Node
from rnndsl.graph.order import MOVING


def find_loops(nodes: Mapping[int, Node]) -> dict[int, int]:
    """Return the number of the component for every node that lies on a cycle (Tarjan 1972, without recursion).

    Every cycle passes a node that takes values from other points, so the search starts at those only. Components are
    numbered by their first member.
    """
    search = _Search(nodes)
    for number, node in nodes.items():
        if node.op in MOVING and number not in search.low:
            search.walk(number)
    return search.found


def leads_to(nodes: Mapping[int, Node], sources: Container[int], target: int) -> bool:
    """Whether `target` is one of `sources` or depends on one of them, at whatever point."""
    seen = {target}
    stack = [target]
    while stack:
        number = stack.pop()
        if number in sources:
            return True
        fresh = [operand for operand in nodes[number].operands if operand not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return False


class _Search:
    def __init__(self, nodes: Mapping[int, Node]) -> None:
        self.nodes = nodes
        self.low: dict[int, int] = {}
        self.stack: list[int] = []
        self.open: set[int] = set()
        self.found: dict[int, int] = {}

    def walk(self, root: int) -> None:
        path = [(root, iter(self._enter(root)), len(self.low) - 1)]
        while path:
            number, rest, index = path[-1]
            for operand in rest:
                if operand not in self.low:
                    path.append((operand, iter(self._enter(operand)), len(self.low) - 1))
                    break
                if operand in self.open:
                    self.low[number] = min(self.low[number], self.low[operand])
            else:
                path.pop()
                self._leave(number, index)
                if path:
                    parent = path[-1][0]
                    self.low[parent] = min(self.low[parent], self.low[number])

    def _enter(self, number: int) -> tuple[int, ...]:
        self.low[number] = len(self.low)
        self.stack.append(number)
        self.open.add(number)
        return self.nodes[number].operands

    def _leave(self, number: int, index: int) -> None:
        """Close the component whose first node this is."""
        if self.low[number] != index:
            return
        at = len(self.stack) - 1
        while self.stack[at] != number:
            at -= 1
        members = self.stack[at:]
        del self.stack[at:]
        self.open.difference_update(members)
        if len(members) > 1 or number in self.nodes[number].operands:
            self.found.update(dict.fromkeys(members, min(members)))
