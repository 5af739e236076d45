"""Make one product of several that share an operand.

    before: add(W @ a, W @ b, c)                              after: add(W @ add(a, b), c)
            add(scatter(g, token), scatter(h, token))                scatter(add(g, h), token)
            contract(p[0:n], x; i,j->ij), contract(p[n:2n], x; ..)   q = contract(p, x; i,j->ij); rows of q

Parameter gradients of parts of one vector are thus one product, outside of every loop.
"""

from collections.abc import Sequence

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node
from rnndsl.ops import Op
from rnndsl.passes.blocks import Block, block_of, find_runs, span_of, take
from rnndsl.passes.rewriting import Rewriting, rewrite


def gather_products(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with products that share an operand gathered."""
    if sum(node.op is Op.CONTRACT or node.op is Op.SCATTER for node in graph.nodes.values()) < 2:
        return graph
    return _gather_rows(rewrite(graph, {Op.ADD: (_add,)}))


def _add(work: Rewriting, number: int, node: Node) -> int | None:
    for place in (0, 1):
        groups: dict[tuple[object, ...], list[int]] = {}
        for operand in dict.fromkeys(node.operands):
            if node.operands.count(operand) == 1 and work.alone(operand):
                groups.setdefault(_shared(work, operand, place), []).append(operand)
        for key, terms in groups.items():
            if len(terms) > 1 and key:
                rest = [operand for operand in node.operands if operand not in terms]
                total = _sum(work, terms, place)
                return work.fit(work.apply(Op.ADD, total, *rest) if rest else total, work.nodes[number])
    return None


def _shared(work: Rewriting, number: int, place: int) -> tuple[object, ...]:
    """Return what products agree in that differ in the operand at `place` only; nothing for other nodes."""
    node = work.nodes[number]
    if node.op not in (Op.CONTRACT, Op.SCATTER) or len(node.operands) != 2 or (node.op is Op.SCATTER and place == 1):
        return ()
    other = work.nodes[node.operands[place]]
    loops = (work.loops.get(number), work.loops.get(node.operands[place]))
    where = (node.domain, node.batch, node.shape, other.domain, other.batch, other.shape)
    return (node.op, node.operands[1 - place], node.attr, *where, *loops)


def _sum(work: Rewriting, terms: Sequence[int], place: int) -> int:
    node = work.nodes[terms[0]]
    operands = list(node.operands)
    operands[place] = work.apply(Op.ADD, *[work.nodes[term].operands[place] for term in terms])
    return work.add(Node(node.op, tuple(operands), node.domain, node.shape, node.batch, node.dtype, node.attr))


def _gather_rows(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Join products of neighbouring slices with one operand into rows of one product."""
    if not any(node.op is Op.SLICE for node in graph.nodes.values()):
        return graph
    work = Rewriting.start(graph)
    while _join(work):
        work.renew()
    return work.result(graph) if work.built else graph


def _join(work: Rewriting) -> bool:
    groups: dict[tuple[int, object], dict[int, Block]] = {}
    for number in work.live((Op.CONTRACT,)):
        for place in (0, 1):
            block = _row_block(work, work.nodes[number], place)
            if block is not None:
                node = work.nodes[number]
                rest = (block.base, node.operands[1 - place], node.attr, node.domain, node.batch)
                groups.setdefault((place, (*rest, work.loops.get(number))), {})[number] = block
    for (place, _), blocks in groups.items():
        for run in find_runs(blocks):
            current = all(_row_block(work, work.nodes[number], place) == blocks[number] for number in run)
            if len(run) > 1 and current:
                _rows(work, run, [blocks[number] for number in run], place)
    return work.changed


def _row_block(work: Rewriting, node: Node, place: int) -> Block | None:
    """Return the slice that makes the rows of a product, and nothing but them."""
    if node.op is not Op.CONTRACT or not isinstance(node.attr, Labels) or len(node.operands) != 2 or not node.attr.out:
        return None
    letters, other = node.attr.operands[place], node.attr.operands[1 - place]
    row = node.attr.out[0]
    if letters[:1] != row or letters.count(row) != 1 or row in other:
        return None
    return block_of(work, node.operands[place])


def _rows(work: Rewriting, run: Sequence[int], blocks: Sequence[Block], place: int) -> None:
    first = work.nodes[run[0]]
    work.at(run[0])
    whole = span_of(blocks)
    operands = list(first.operands)
    operands[place] = take(work, whole)
    if isinstance(first.attr, Labels):
        product = work.contract(first.attr, operands, first.domain, batch=first.batch)
        for number, block in zip(run, blocks, strict=True):
            work.at(number)
            work.forward(number, take(work, Block(product, block.start - whole.start, block.size)))
