"""What walks do with lanes instead of calling helpers or BLAS: loops over the rows of a step, with tables of rows.

A walk (`codegen/walks.py`) is compiled, so it calls no method of `Segments`; its batch is small, so that a product of a
matrix and a vector for every example is as fast in a loop.
"""

from collections.abc import Sequence

from rnndsl.codegen.context import Context, by_lanes
from rnndsl.codegen.kernel_rows import place_in_whole, table_text
from rnndsl.codegen.lanes import part_of
from rnndsl.graph.node import Labels, Over
from rnndsl.indices import ordered
from rnndsl.ops import Op
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.plan import Layout


def note_small(c: Context, number: int, out: str, start: int) -> None:
    """Note what a walk has in the place of the lines from `start` on, which were written for a node."""
    loop, node = c.walked, c.node(number)
    if c.fusing is None or loop is None or not loop.sliced or loop.inside or len(c.path) > 1:
        return
    operands = [c.node(operand) for operand in node.operands]
    if any(not index.ragged for operand in operands for index in operand.domain):
        return
    found: list[str] = []
    if node.op is Op.SOFTMAX:
        found = _softmax(c, number, out)
    elif node.op is Op.CONTRACT and len(operands) == 2:
        found = _product(c, number, out)
    calls = [line for line in c.blocks[-1].lines[start:] if "(" in line]
    if found and calls:
        c.fusing.small |= dict.fromkeys(calls, ()) | {calls[-1]: tuple(found)}


def _softmax(c: Context, number: int, out: str) -> list[str]:
    """Return a softmax over lanes."""
    node, layout, loop = c.node(number), c.layout(number), c.path[0]
    over = node.attr.indices if isinstance(node.attr, Over) else ()
    if layout is None or not over or node.shape or not set(loop.indices) <= set(layout.indices) - set(over):
        return []
    before, table = table_text(c, layout, loop.layout(ordered(set(layout.indices) - set(over))))
    return [*before, f"small_softmax({c.fitted(node.operands[0], layout)}, {table}, {out})"]


def _product(c: Context, number: int, out: str) -> list[str]:
    """Return the sum of vectors of lanes with weights, or the products of vectors of lanes with one of their step."""
    node, labels, loop = c.node(number), c.node(number).attr, c.path[0]
    lanes = ordered({i for o in node.operands for i in ragged_of(c.node(o).domain) if i not in loop.indices})
    lead, joint = loop.layout(loop.indices), loop.layout(ordered({*loop.indices, *lanes}))
    own = [tuple(i for i in ragged_of(c.node(n).domain) if i in lanes) for n in (*node.operands, number)]
    if not isinstance(labels, Labels) or not lanes or any(each not in {(), lanes} for each in own):
        return []
    before, table = table_text(c, joint, lead)
    if own == [lanes, lanes, ()] and len(labels.out) == 1 and sorted(labels.operands) == ["", labels.out]:
        weights, vectors = (_rows(c, o, joint, before) for o in _sorted_by_rank(c, node.operands))
        link, begin = place_in_whole(c, number)
        whole = c.blocks[1].bound["target", link]
        return [*before, f"small_sums({weights}, {vectors}, {table}, {whole}, {c.size(begin)})"]
    if own[2] and own[0] != own[1] and not labels.out and len(labels.operands[0]) == 1 == len({*labels.operands}):
        one, other = node.operands if own[0] else reversed(node.operands)
        part = part_of(c, other, lead)
        given = f"{_rows(c, one, joint, before)}, {c.fitted(part.number, lead)}"
        return [*before, f"small_dots({given}, {table}, {out}, {c.size(part.start)})"]
    return []


def _sorted_by_rank(c: Context, operands: Sequence[int]) -> list[int]:
    return sorted(operands, key=lambda operand: len(c.node(operand).shape))


def _rows(c: Context, number: int, joint: Layout, before: list[str]) -> str:
    """Return a value's rows of the lanes of a step; what no step changes is bound in lines `before`, unless it is."""
    number = c.source(number)
    known = c.blocks[1].bound.get(("step", number, joint))
    if set(c.path[0].indices) <= set(c.node(number).domain) or known is not None:
        return known or c.fitted(number, joint)
    name = c.names(("small", number, joint), f"{c.step_wish(number)}_lanes")
    before.append(f"{name} = {by_lanes(c, number, joint)}[:{c.live(joint)}]")
    return name
