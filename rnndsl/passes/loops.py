"""Which nodes stand in a loop: the strongly connected components that have a cycle.

"Recurrent" in a pass always means *in the same component*: a value that another loop makes is as good as an input.
"""

from collections.abc import Container, Mapping

from rnndsl.graph.components import strong_components
from rnndsl.graph.node import Node
from rnndsl.graph.order import MOVING


def find_loops(nodes: Mapping[int, Node]) -> dict[int, int]:
    """Return the number of the component for every node that lies on a cycle.

    Every cycle passes a node that takes values from other points, so the search starts at those only. Components are
    numbered by their first member.
    """
    moving = [number for number, node in nodes.items() if node.op in MOVING]
    components = strong_components(moving, lambda number: nodes[number].operands)
    cyclic = (own for own in components if len(own) > 1 or own[0] in nodes[own[0]].operands)
    return {number: min(own) for own in cyclic for number in own}


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
