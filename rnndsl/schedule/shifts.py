"""Shifts: reads along ranges, such as `w[t, m-j]`, that kernels do themselves where they need the number.

Nothing is gathered for them: they are views of what they read, which only kernels can see.
"""

from collections.abc import Mapping
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Affine
from rnndsl.ops import Op
from rnndsl.schedule.layouts import Layouts
from rnndsl.schedule.plan import Loop
from rnndsl.schedule.pointwise import is_pointwise

#: What moves components, or is itself part of something else.
OTHER: Final = frozenset({Op.CONCAT, Op.SLICE, Op.ACTIVATE, Op.BROADCAST})


def find_shifts(graph: RecurrenceGraph, home: Mapping[int, tuple[Loop, ...]], layouts: Layouts) -> frozenset[int]:
    """Return the reads along ranges that kernels alone need, each on the rows of what it reads."""
    return frozenset(
        number
        for number in graph.nodes
        if _is_along_ranges(graph, number)
        and number not in graph.returned
        and all(_is_in_kernel(graph, number, user, (home, layouts)) for user in graph.users[number])
        and not any(not loop.ragged or _is_overwritten(graph, number, loop) for loop in home.get(number, ()))
    )


def _is_along_ranges(graph: RecurrenceGraph, number: int) -> bool:
    node = graph.nodes[number]
    if node.op is not Op.READ or not isinstance(node.attr, ReadAt) or not node.batch:
        return False
    operand = graph.nodes[node.operands[0]]
    if operand.op in {Op.SLICE, Op.BROADCAST, Op.PARAM, Op.INPUT} or len(node.shape) > 1 or operand.dtype != node.dtype:
        return False
    moves = [isinstance(a, Affine) and bool(a.terms) and not i.ragged and i in operand.domain for i, a in node.attr.at]
    inside = all(index.cyclic for index, _ in node.attr.at)
    return operand.batch and all(moves) and (inside or not node.shape)


def _is_overwritten(graph: RecurrenceGraph, number: int, loop: Loop) -> bool:
    """Tell a read of a later step's values: a backward loop may put those of the step into their place, one by one."""
    return not loop.forward and graph.nodes[graph.nodes[number].operands[0]].op is Op.READ


def _is_in_kernel(
    graph: RecurrenceGraph, number: int, user: int, where: tuple[Mapping[int, tuple[Loop, ...]], Layouts]
) -> bool:
    home, layouts = where
    node, operand = graph.nodes[user], graph.nodes[number].operands[0]
    ranges = any(not loop.ragged for loop in home.get(user, ()))
    alike = layouts[user] == layouts[operand] == layouts[number]
    return is_pointwise(graph, user) and node.op not in OTHER and alike and not ranges
