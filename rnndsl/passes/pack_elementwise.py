"""Do the same elementwise operation on neighbouring slices of the same vectors once, on all of them.

    before: add(p[0:n], q[0:n], b_f); add(p[n:2n], q[n:2n], b_i); add(p[2n:3n], r, b_c)
    after:  s = add(p[0:2n], q[0:2n], concat(b_f, b_i)); s[0:n]; s[n:2n]; add(p[2n:3n], r, b_c)

This is superword-level packing (Larsen and Amarasinghe 2000) on symbolic ranges. Members of a pack are the same
operator, in the same loop (or outside of all), over slices of the same vectors that follow each other in the same
order; operands that do not depend on the data are concatenated. In a sum only the part that fits is packed. All members
depend on the same vectors, so none can depend on another one at the same point; the concatenated operands are checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.indices import ordered
from rnndsl.ops import Op
from rnndsl.passes.blocks import Block, block_of, find_runs, span_of, take
from rnndsl.passes.loops import leads_to
from rnndsl.passes.rewriting import Rewriting
from rnndsl.sizes import Shape

PACKABLE = (Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MINIMUM, Op.MAXIMUM)
_ROUNDS = 64  # a bound on how deep a tower of packs is built
_FREE = -1  # in place of a vector: an operand that does not depend on the data


@dataclass(frozen=True, slots=True)
class _Lane:
    """A candidate: what it takes from which vector (a sum: in order of the vectors; else by place), and the rest."""

    number: int
    bases: tuple[int, ...]
    blocks: tuple[Block, ...]
    free: tuple[int, ...]
    rest: tuple[int, ...]


def pack_elementwise(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with parallel elementwise operations on slices joined."""
    if not any(node.op is Op.SLICE for node in graph.nodes.values()):
        return graph
    work = Rewriting.start(graph)
    for _ in range(_ROUNDS):
        if not _pack_round(work):
            break
        work.renew()
    return work.result(graph) if work.built else graph


def _pack_round(work: Rewriting) -> bool:
    groups: dict[tuple[object, ...], list[_Lane]] = {}
    for number in work.live(PACKABLE):
        node = work.nodes[number]
        lane = _as_lane(work, number, node) if len(node.shape) == 1 else None
        if lane is not None:
            free = ordered({index for operand in lane.free for index in work.nodes[operand].domain})
            key = (node.op, lane.bases, free, work.loops.get(number))
            groups.setdefault(key, []).append(lane)
    for lanes in groups.values():
        by_number = {lane.number: lane for lane in lanes}
        for run in find_runs({lane.number: lane.blocks[0] for lane in lanes}):
            for part in _parallel([by_number[number] for number in run]):
                _pack(work, part)
    return work.changed


def _as_lane(work: Rewriting, number: int, node: Node) -> _Lane | None:
    if node.op is Op.ADD:
        return _as_sum(work, number, node)
    blocks = [block_of(work, operand) for operand in node.operands]
    free = [operand for operand, block in zip(node.operands, blocks, strict=True) if block is None]
    if not any(blocks) or any(work.nodes[operand].batch for operand in free):
        return None
    bases = tuple(_FREE if block is None else block.base for block in blocks)
    return _Lane(number, bases, tuple(block for block in blocks if block is not None), tuple(free), ())


def _as_sum(work: Rewriting, number: int, node: Node) -> _Lane | None:
    """Sort the operands of a sum; a second slice of the same vector belongs to the rest."""
    blocks: dict[int, Block] = {}
    free, rest = [], []
    for operand in node.operands:
        block = block_of(work, operand)
        if block is not None and block.base not in blocks and work.nodes[operand].batch:
            blocks[block.base] = block
        elif work.nodes[operand].batch:
            rest.append(operand)
        else:
            free.append(operand)
    if len(blocks) + bool(free) < 2 or not blocks:
        return None
    bases = tuple(sorted(blocks))
    return _Lane(number, bases, tuple(blocks[base] for base in bases), tuple(free), tuple(rest))


def _parallel(run: Sequence[_Lane]) -> list[list[_Lane]]:
    """Cut a run of lanes where one of their further vectors does not go on."""
    parts = [[run[0]]]
    for before, lane in pairwise(run):
        follows = all(a.end == b.start for a, b in zip(before.blocks, lane.blocks, strict=True))
        if follows:
            parts[-1].append(lane)
        else:
            parts.append([lane])
    return [part for part in parts if len(part) > 1]


def _pack(work: Rewriting, lanes: Sequence[_Lane]) -> None:
    numbers = {lane.number for lane in lanes}
    free = [operand for lane in lanes for operand in lane.free]
    stale = any(work.nodes[lane.number].operands and _stale(work, lane) for lane in lanes)
    if stale or any(leads_to(work.nodes, numbers, operand) for operand in free):
        return
    node = work.nodes[lanes[0].number]
    work.at(lanes[0].number)
    vectors = [take(work, span_of([lane.blocks[k] for lane in lanes])) for k in range(len(lanes[0].blocks))]
    if node.op is Op.ADD:
        whole = work.apply(Op.ADD, *vectors, *_joined_sum(work, lanes))
    else:
        whole = work.apply(node.op, *_joined_operands(work, lanes, vectors))
    origin = lanes[0].blocks[0].start
    for lane in lanes:
        work.at(lane.number)
        was = work.nodes[lane.number]
        value = take(work, Block(whole, lane.blocks[0].start - origin, lane.blocks[0].size))
        total = work.apply(Op.ADD, value, *lane.rest) if lane.rest else value
        work.forward(lane.number, work.fit(total, was))


def _stale(work: Rewriting, lane: _Lane) -> bool:
    """Whether a lane has changed since it was looked at."""
    node = work.nodes[lane.number]
    return node.op is Op.VAR or _as_lane(work, lane.number, node) != lane


def _joined_sum(work: Rewriting, lanes: Sequence[_Lane]) -> list[int]:
    """Return the concatenation of what is added to the lanes besides slices, zeros where nothing is."""
    if not any(lane.free for lane in lanes):
        return []
    sums = []
    for lane in lanes:
        parts = lane.free or (work.const(0.0),)
        sums.append(parts[0] if len(parts) == 1 else work.apply(Op.ADD, *parts))
    return [_join(work, lanes, sums)]


def _joined_operands(work: Rewriting, lanes: Sequence[_Lane], vectors: Sequence[int]) -> list[int]:
    """Return the pack's operands by place: vectors, and concatenations of what does not depend on the data."""
    rest = iter(vectors)
    columns = iter(list(zip(*[lane.free for lane in lanes], strict=True)))
    return [next(rest) if base != _FREE else _join(work, lanes, next(columns)) for base in lanes[0].bases]


def _join(work: Rewriting, lanes: Sequence[_Lane], values: Sequence[int]) -> int:
    if len(set(values)) == 1 and not work.nodes[values[0]].shape:
        return values[0]
    shapes: Mapping[int, Shape] = {k: (lane.blocks[0].size,) for k, lane in enumerate(lanes)}
    return work.apply(Op.CONCAT, *[work.repeat(v, (), shapes[k], batch=False) for k, v in enumerate(values)])
