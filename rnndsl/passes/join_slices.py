"""Cancel slices against placements and concatenations, and make one vector of placed parts.

before: add(place(a, 0), place(b, n), y)       after: add(concat(a, b), y)
slice(concat(a, b), n), slice(place(a, n), n)  b, a
concat(p[0:n], p[n:2n], q)                    concat(p[0:2n], q); all of p: p itself
"""

from collections.abc import Sequence

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.ops import DType, Op
from rnndsl.passes.blocks import ZERO, Block, at_most, block_of, find_runs, span_of, take
from rnndsl.passes.rewriting import Rewriting, rewrite
from rnndsl.sizes import Size


def join_slices(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with slices, placements and concatenations joined."""
    rules = {Op.SLICE: (_slice,), Op.PLACE: (_place,), Op.CONCAT: (_concat,), Op.ADD: (_add,)}
    if not any(node.op in rules and node.op is not Op.ADD for node in graph.nodes.values()):
        return graph
    return rewrite(graph, rules)


def _start(node: Node) -> Size:
    return node.attr if isinstance(node.attr, Size) else ZERO


def _slice(work: Rewriting, _: int, node: Node) -> int | None:
    operand = node.operands[0]
    inner = work.nodes[operand]
    block = Block(operand, _start(node), node.shape[0])
    if block.start == ZERO and block.size == inner.shape[0]:
        return operand
    match inner.op:
        case Op.SLICE:
            return take(work, Block(inner.operands[0], block.start + _start(inner), block.size))
        case Op.CONCAT:
            value = _part(work, inner.operands, block)
            return None if value is None else work.fit(value, node)
        case Op.PLACE:
            return _cut(work, inner, block, node)
        case Op.BROADCAST:
            return _narrow(work, inner, block, node)
        case _:
            return None


def _part(work: Rewriting, operands: Sequence[int], block: Block) -> int | None:
    """Return a block of a concatenation: whole operands, or a part of one."""
    end, chosen = ZERO, list[int]()
    for operand in operands:
        start, end = end, end + work.nodes[operand].shape[0]
        if at_most(start, block.start) and at_most(block.end, end):
            return take(work, Block(operand, block.start - start, block.size))
        if chosen or start == block.start:
            chosen.append(operand)
        if chosen and end == block.end:
            return work.apply(Op.CONCAT, *chosen)
    return None


def _cut(work: Rewriting, placed: Node, block: Block, node: Node) -> int | None:
    """Return a block of a placed part: a part of it, nothing of it, or the part placed in less."""
    part = placed.operands[0]
    start, size = _start(placed), work.nodes[part].shape[0]
    if at_most(start, block.start) and at_most(block.end, start + size):
        return take(work, Block(part, block.start - start, block.size))
    if at_most(start + size, block.start) or at_most(block.end, start):
        return work.fit(work.const(0.0), node)
    if at_most(block.start, start) and at_most(start + size, block.end):
        return work.shaped(Op.PLACE, part, shape=node.shape, attr=start - block.start)
    return None


def _narrow(work: Rewriting, repeated: Node, block: Block, node: Node) -> int:
    operand = repeated.operands[0]
    if not work.nodes[operand].shape:
        return work.fit(operand, node)
    return work.fit(take(work, Block(operand, block.start, block.size)), node)


def _place(work: Rewriting, _: int, node: Node) -> int | None:
    operand = node.operands[0]
    inner = work.nodes[operand]
    if inner.shape == node.shape:
        return operand
    if inner.op is Op.PLACE:
        return work.shaped(Op.PLACE, inner.operands[0], shape=node.shape, attr=_start(node) + _start(inner))
    return None


def _concat(work: Rewriting, _: int, node: Node) -> int | None:
    parts: list[int] = []
    for operand in node.operands:
        inner = work.nodes[operand]
        parts.extend(inner.operands if inner.op is Op.CONCAT and work.alone(operand) else [operand])
    joined = parts[:1]
    for part in parts[1:]:
        a, b = block_of(work, joined[-1]), block_of(work, part)
        if a and b and a.base == b.base and a.end == b.start:
            joined[-1] = take(work, Block(a.base, a.start, a.size + b.size))
        else:
            joined.append(part)
    if tuple(joined) == node.operands and len(joined) > 1:
        return None
    return work.fit(joined[0] if len(joined) == 1 else work.apply(Op.CONCAT, *joined), node)


def _add(work: Rewriting, _: int, node: Node) -> int | None:
    """Sum what is placed at the same components, then put together what follows each other."""
    placed: dict[Size, list[int]] = {}
    sizes: dict[Size, Size] = {}
    rest = []
    for operand in node.operands:
        term = work.nodes[operand]
        size = work.nodes[term.operands[0]].shape[0] if term.op is Op.PLACE else ZERO
        if term.op is Op.PLACE and term.dtype is DType.REAL and sizes.setdefault(_start(term), size) == size:
            placed.setdefault(_start(term), []).append(term.operands[0])
        else:
            rest.append(operand)
    blocks = {k: Block(0, start, sizes[start]) for k, start in enumerate(placed)}
    runs = find_runs(blocks)
    spans = [span_of([blocks[k] for k in run]) for run in runs]
    if len(runs) == sum(len(parts) for parts in placed.values()) or not _apart(spans):
        return None
    sums = [parts[0] if len(parts) == 1 else work.apply(Op.ADD, *parts) for parts in placed.values()]
    joined = [_put(work, [sums[k] for k in run], blocks[run[0]].start, node) for run in runs]
    total = work.apply(Op.ADD, *joined, *rest) if len(joined) + len(rest) > 1 else joined[0]
    return work.fit(total, node)


def _apart(blocks: Sequence[Block]) -> bool:
    """Whether no two blocks overlap for certain (each lies before or after each other one)."""
    pairs = [(a, b) for k, a in enumerate(blocks) for b in blocks[k + 1 :]]
    return all(at_most(a.end, b.start) or at_most(b.end, a.start) for a, b in pairs)


def _put(work: Rewriting, parts: Sequence[int], start: Size, node: Node) -> int:
    value = parts[0] if len(parts) == 1 else work.apply(Op.CONCAT, *parts)
    if work.nodes[value].shape == node.shape:
        return value
    return work.shaped(Op.PLACE, value, shape=node.shape, attr=start)
