"""Buffers that are only handed to the caller, cut into parts: the gradients of stacked weights.

Such a buffer is copied once, and its parts are views of the copy. One large array for each call is also kinder to the
allocator of C than several: it stays with the process, while the top of a heap goes back to the system with every call.
"""

from rnndsl.codegen.context import Context
from rnndsl.ops import Op
from rnndsl.schedule.plan import Place


def is_handed_in_parts(c: Context, number: int) -> bool:
    """Tell a whole buffer without points of which nothing is used but slices that are only returned."""
    node, users = c.node(number), c.schedule.graph.users[number]
    if node.batch or node.domain or not users or c.storage(number).place is not Place.WHOLE:
        return False
    return number not in c.schedule.graph.returned and all(_is_only_returned(c, user) for user in users)


def _is_only_returned(c: Context, number: int) -> bool:
    graph, slices = c.schedule.graph, c.node(number).op is Op.SLICE and c.storage(number).place is Place.VIEW
    return slices and number in graph.returned and not graph.users[number]


def is_handed_part(c: Context, number: int) -> bool:
    """Tell a slice of such a buffer: nothing is to be written for it before the result."""
    node = c.node(number)
    return node.op is Op.SLICE and is_handed_in_parts(c, node.operands[0])
