"""Do not repeat a value only to multiply and sum it again.

    before: contract(broadcast(x over t, i), g; i,i->)     after: contract(x, g; ,i->)
            contract(broadcast(x over m); ->), m a range          mul(x, extent of m)
            mul(broadcast(x), y), tanh(broadcast(x))              mul(x, y), broadcast(tanh(x))

Elementwise operations repeat their operands by themselves. A sum over a ragged index of a value that does not vary
over it stays as it is where no other operand does: it counts points.
"""

from dataclasses import dataclass

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.indices import Index
from rnndsl.ops import DType, Op
from rnndsl.passes.rewriting import Rewriting, rewrite
from rnndsl.sizes import Size


def drop_broadcasts(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph without broadcasts that elementwise operations and contractions do not need."""
    if not any(node.op is Op.BROADCAST for node in graph.nodes.values()):
        return graph
    return rewrite(graph, {Op.CONTRACT: (_contract,), **dict.fromkeys(sorted(ELEMENTWISE), (_elementwise,))})


def _elementwise(work: Rewriting, _: int, node: Node) -> int | None:
    inner = [work.nodes[operand] for operand in node.operands]
    if not any(given.op is Op.BROADCAST for given in inner):
        return None
    if node.op is Op.ACTIVATE and inner[0].shape != work.nodes[inner[0].operands[0]].shape:
        return None
    dropped = [
        given.operands[0] if given.op is Op.BROADCAST else operand
        for operand, given in zip(node.operands, inner, strict=True)
    ]
    return work.fit(work.apply(node.op, *dropped, attr=node.attr), node)


@dataclass
class _Plan:
    """How a contraction does without a broadcast."""

    letters: str  # of the operand without the broadcast
    kept: set[Index]  # indices that it has to be repeated over still
    batch: bool  # whether over the batch, too
    factor: Size  # how often equal terms were summed


def _contract(work: Rewriting, _: int, node: Node) -> int | None:
    for place, operand in enumerate(node.operands):
        if work.nodes[operand].op is Op.BROADCAST and work.nodes[operand].dtype is DType.REAL:
            new = _without(work, node, place)
            if new is not None:
                return new
    return None


def _without(work: Rewriting, node: Node, place: int) -> int | None:
    repeated = work.nodes[node.operands[place]]
    plan = _plan(work, node, place)
    if plan is None or not isinstance(node.attr, Labels):
        return None
    shape = repeated.shape if plan.letters else ()
    value = work.repeat(repeated.operands[0], tuple(plan.kept), shape, batch=plan.batch)
    if value == node.operands[place]:
        return None
    operands, letters = list(node.operands), list(node.attr.operands)
    operands[place], letters[place] = value, plan.letters
    have = {index for operand in operands for index in work.nodes[operand].domain}
    batch = node.batch and any(work.nodes[operand].batch for operand in operands)
    out = node.attr.out if set(node.attr.out) <= set("".join(letters)) else ""
    domain = tuple(index for index in node.domain if index in have)
    result = work.contract(Labels(tuple(letters), out), operands, domain, batch=batch)
    if plan.factor != Size.of(1):
        result = work.apply(Op.MUL, result, work.size(plan.factor))
    return work.fit(result, node)


def _plan(work: Rewriting, node: Node, place: int) -> _Plan | None:
    repeated = work.nodes[node.operands[place]]
    inner = work.nodes[repeated.operands[0]]
    others = [work.nodes[operand] for k, operand in enumerate(node.operands) if k != place]
    plan = _Plan("", set(), batch=inner.batch, factor=Size.of(1))
    if not _plan_letters(node, place, inner, repeated, plan):
        return None
    known = {index for other in others for index in other.domain} | set(node.domain)
    for index in repeated.domain:
        if index in inner.domain or index in known:
            continue
        if index.ragged:
            plan.kept.add(index)
        else:
            plan.factor *= index.extent
    counted = repeated.batch and not node.batch and not any(other.batch for other in others)
    plan.batch |= counted or any(index.ragged for index in plan.kept)
    return plan


def _plan_letters(node: Node, place: int, inner: Node, repeated: Node, plan: _Plan) -> bool:
    """Decide about the components; False where they cannot be left out."""
    if not isinstance(node.attr, Labels):
        return False
    letters = node.attr.operands[place]
    if inner.shape == repeated.shape:
        plan.letters = letters
        return True
    others = "".join(given for k, given in enumerate(node.attr.operands) if k != place)
    lost = [(letter, size) for letter, size in zip(letters, repeated.shape, strict=True) if letter not in others]
    wanted = [letter for letter, _ in lost if letter in node.attr.out]
    if len(set(letters)) < len(letters) or (wanted and set(wanted) != set(node.attr.out)):
        return False
    for letter, size in lost:
        plan.factor *= size if letter not in wanted else Size.of(1)
    return True
