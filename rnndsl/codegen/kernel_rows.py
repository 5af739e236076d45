"""Rows of other layouts in kernels: values at fewer points, which rows share, and sums over rows that share a point.

A step of a loop along one sequence has several points of the others, its lanes, and one over the nodes of a tree their
children. A kernel that goes over these reads what the steps alone have from the row that a table gives for each of its
own, and adds up sums over lanes or children there: neither a value repeated for every lane nor the terms of a sum are
stored.
"""

from rnndsl.codegen.context import Context, row_map, step_rows
from rnndsl.codegen.contractions import make_part, make_sum
from rnndsl.ops import Op
from rnndsl.schedule.clusters import terms_of
from rnndsl.schedule.plan import Layout, Place
from rnndsl.sizes import Size


def terms_layout(c: Context, number: int) -> Layout | None:
    """Return the rows of the terms of a sum that a kernel adds up in the open loop; None for any other node."""
    node = c.node(number)
    if c.walked is None or len(c.path) > 1 or node.op is not Op.CONTRACT:
        return None
    terms = terms_of(c.schedule.graph, number, c.walked)
    if terms is None or not (node.batch or is_grown(c, number)):
        return None
    return c.step_layout(tuple(index for index in terms if index.ragged))


def rows_of(c: Context, number: int) -> Layout | None:
    """Return the layout of the rows that a kernel goes over to compute a node."""
    return terms_layout(c, number) or c.layout(number)


def is_grown(c: Context, number: int) -> bool:
    """Tell sums over all steps of a loop."""
    return c.storage(number).place is Place.SUM


def is_shared(c: Context, number: int, layout: Layout | None) -> bool:
    """Tell whether rows of a layout share the rows of a node's value in the open loop."""
    own, loop = c.layout(number), c.walked
    if own is None or layout is None or loop is None or loop.inside or len(c.path) > 1:
        return False
    return set(loop.indices) <= set(own.indices) < set(layout.indices)


def row_table(c: Context, layout: Layout, own: Layout) -> str:
    """Return which row of the current step of one layout every row of another one shares."""
    lines, name = table_text(c, layout, own)
    for line in lines:
        c.line(line)
    c.blocks[1].bound["table of rows", layout, own] = name
    return name


def table_text(c: Context, layout: Layout, own: Layout) -> tuple[list[str], str]:
    """Return the name of such a table, and before it the lines that bind it, unless it is bound."""
    key, loop = ("table of rows", layout, own), c.path[0]
    if key in c.blocks[1].bound:
        return [], c.blocks[1].bound[key]
    walked = loop.layout(own.indices)
    rows = step_rows(c, layout, walked, row_map(c, layout, walked))
    name = c.names((loop.number, *key), f"{rows}_now")
    return [f"{name} = {rows}[{c.feed('at', layout)}]"], name


def place_in_whole(c: Context, number: int) -> tuple[int, Size]:
    """Return the last node into whose buffer a value is computed in place, and where in it the value begins."""
    start = Size()
    while (user := c.storage(number).into) is not None:
        if c.node(user).op is Op.CONCAT:
            operands = c.node(user).operands
            before = operands[: operands.index(number)]
            start = start + sum((c.node(operand).shape[0] for operand in before), Size())
        number = user
    return number, start


def grown_rows(c: Context, number: int, layout: Layout) -> tuple[str, str]:
    """Return the rows of a sum over all steps that a step adds to; of one without rows the sum and a step's part.

    There is no such part where a step has a row for every example: it is added to the sum row by row.
    """
    key, lanes = ("grown", number), set(layout.indices) > set(c.path[0].indices)
    name = c.blocks[1].bound.get(key)
    if name is None:
        name = c.blocks[1].bound[key] = make_sum(c, number, layout)
        if lanes and not c.node(number).batch:
            make_part(c, number, f"{name}_part")
    if not c.node(number).batch:
        return name, c.names(("part", number), f"{name}_part") if lanes else ""
    rows = c.names(("grown rows", number), f"{name}_rows")
    line = f"{rows} = {name}[:{c.live(layout)}]"
    if line not in c.blocks[1].rebind:
        c.blocks[1].rebind.append(line)
    return rows, ""
