"""What is computed again instead of being kept: large elementwise values that another loop over the same steps needs.

A vector for every pair of points, such as `tanh(W @ d[t-1] + U @ a[s])` of attention, is larger than everything that it
is made from. Where its operands vary over fewer points, the adjoint's loop makes it again for one step. So do kernels
with a vector for every point of a range, such as `w[t, m] * e[t]`: to make it again costs them less than to read it.
"""

from collections.abc import Mapping
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.plan import Loop

#: How many operators a value may take to be made again.
MOST_REPEATED: Final = 6


def find_repeats(graph: RecurrenceGraph, home: Mapping[int, Loop], *, kernels: bool = False) -> dict[int, Loop]:
    """Return the nodes of a loop that another loop computes again, each with that loop; `home` gives each one's own."""
    found: dict[int, Loop] = {}
    for number, loop in home.items():
        other = _other_loop(graph, number, home, kernels=kernels)
        chain = _chain(graph, number, loop, kernels=kernels) if other is not None else None
        if other is not None and chain is not None and all(found.get(n, other) is other for n in chain):
            found |= dict.fromkeys(chain, other)
    return found


def _is_large(graph: RecurrenceGraph, number: int, loop: Loop, *, kernels: bool) -> bool:
    """Tell a vector for more points than those of the loop; to kernels points of ranges are such, too."""
    node = graph.nodes[number]
    return bool(node.shape) and len(node.domain if kernels else ragged_of(node.domain)) > len(loop.indices)


def _other_loop(graph: RecurrenceGraph, number: int, home: Mapping[int, Loop], *, kernels: bool) -> Loop | None:
    """Return the one other loop over the same steps that uses a large value; None if anything else does."""
    node, loop = graph.nodes[number], home[number]
    large = _is_large(graph, number, loop, kernels=kernels) and loop.sliced and loop.ragged
    if not large or number in graph.returned or node.op not in ELEMENTWISE or number in graph.readers:
        return None
    users = [home.get(user) for user in graph.users[number]]
    others = {user.number: user for user in users if user is not None and user is not loop}
    if None in users or len(others) != 1:
        return None
    (other,) = others.values()
    return other if (other.walk, other.sliced) == (loop.walk, loop.sliced) else None


def _chain(graph: RecurrenceGraph, number: int, loop: Loop, *, kernels: bool) -> list[int] | None:
    """Return the operators from which a value is made out of smaller ones; None where there is no such chain."""
    found, stack = dict.fromkeys([number]), [number]
    while stack:
        for operand in graph.nodes[stack.pop()].operands:
            node = graph.nodes[operand]
            if not _is_large(graph, operand, loop, kernels=kernels) or operand in found:
                continue
            if node.op not in ELEMENTWISE | {Op.BROADCAST} or operand in graph.readers or len(found) == MOST_REPEATED:
                return None
            found[operand] = None
            stack.append(operand)
    return list(found)
