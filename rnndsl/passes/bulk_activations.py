"""Apply elementwise functions on neighbouring slices of one vector as one operation.

    before: i = sigmoid(a[0:n]); o = sigmoid(a[n:2n]); g = tanh(a[2n:3n])
    after:  s = activate(a; sigmoid 2n, tanh n); i = s[0:n]; o = s[n:2n]; g = s[2n:3n]

Where all functions of a run are the same, the result is that function on the whole run.
"""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.signatures import UNARY
from rnndsl.ops import Op
from rnndsl.passes.blocks import Block, block_of, find_runs, span_of, take
from rnndsl.passes.rewriting import Rewriting
from rnndsl.sizes import Size

FUNCTIONS = UNARY - {Op.ACTIVATE, Op.STOP}


def bulk_activations(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with activations of neighbouring slices joined."""
    candidates = [number for number, node in graph.nodes.items() if node.op in FUNCTIONS and len(node.shape) == 1]
    if not any(graph.nodes[graph.nodes[number].operands[0]].op is Op.SLICE for number in candidates):
        return graph
    work = Rewriting.start(graph)
    while _join(work):
        work.renew()
    return work.result(graph) if work.built else graph


def _join(work: Rewriting) -> bool:
    groups: dict[tuple[object, ...], dict[int, Block]] = {}
    for number in work.live(FUNCTIONS):
        block = block_of(work, work.nodes[number].operands[0])
        if block is not None and len(work.nodes[number].shape) == 1:
            groups.setdefault((block.base, work.loops.get(number)), {})[number] = block
    for blocks in groups.values():
        for run in find_runs(blocks):
            given = [blocks[number] for number in run]
            if len(run) > 1 and all(block_of(work, work.nodes[n].operands[0]) == blocks[n] for n in run):
                _activate(work, run, given)
    return work.changed


def _activate(work: Rewriting, run: list[int], blocks: list[Block]) -> None:
    work.at(run[0])
    whole = span_of(blocks)
    segments: list[tuple[Op, Size]] = []
    for number, block in zip(run, blocks, strict=True):
        op = work.nodes[number].op
        if segments and segments[-1][0] is op:
            segments[-1] = (op, segments[-1][1] + block.size)
        else:
            segments.append((op, block.size))
    operand = take(work, whole)
    if len(segments) == 1:
        bulk = work.apply(segments[0][0], operand)
    else:
        bulk = work.apply(Op.ACTIVATE, operand, attr=tuple(segments))
    for number, block in zip(run, blocks, strict=True):
        work.at(number)
        work.forward(number, take(work, Block(bulk, block.start - whole.start, block.size)))
