"""Clusters: the bodies of loops in an order in which pointwise work on the same rows stands together.

Kernels are made of runs of such work, and of sums over points of terms that are made there. The order among the steps
of a body is free but for operands at the same point; storage is planned for whatever order there is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Final, cast

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node, Segments
from rnndsl.indices import Domain, ordered
from rnndsl.ops import DType, Op
from rnndsl.schedule.placement import moves
from rnndsl.schedule.plan import Loop, Step, members, spot_of
from rnndsl.sizes import Size

#: Functions of one number.
ACTIVATIONS: Final = frozenset({Op.SIGMOID, Op.TANH, Op.RELU, Op.EXP, Op.NEG, Op.SQRT, Op.ABS})

#: What a kernel can compute: nothing that needs a library's function, which would be called number by number.
POINTWISE: Final = ACTIVATIONS | frozenset(
    {
        Op.NOT, Op.SEEN, Op.NUMBER, Op.STOP, Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MINIMUM, Op.MAXIMUM, Op.LESS,
        Op.LESS_EQUAL, Op.EQUAL, Op.AND, Op.OR, Op.WHERE, Op.BROADCAST, Op.ACTIVATE, Op.CONCAT, Op.SLICE, Op.CONTRACT,
    }
)  # fmt: skip

#: What is part of something else, and joins any cluster.
VIEWS: Final = frozenset({Op.SLICE, Op.BROADCAST})


@dataclass(frozen=True, slots=True)
class Kind:
    """Over what pointwise work goes: points, the first axis of a matrix; or that it sums up such work over points."""

    domain: Domain | None = None
    lead: Size | None = None
    summed: bool = False
    view: bool = False


NO_KIND: Final = Kind()
VIEW: Final = Kind(view=True)


def is_pointwise(graph: RecurrenceGraph, number: int) -> bool:
    """Tell numbers computed from those at the same point; of tokens only whether they are there, and which."""
    node = graph.nodes[number]
    operands = [graph.nodes[operand] for operand in node.operands]
    tokens = any(operand.dtype is DType.INT for operand in operands) and node.op not in {Op.SEEN, Op.NUMBER}
    if not node.batch or node.op not in POINTWISE or node.dtype is DType.INT or tokens:
        return False
    if any(operand.op is Op.OPTION for operand in operands):
        return False
    match node.op:
        case Op.ACTIVATE:
            return all(op in ACTIVATIONS for op, _ in cast("Segments", node.attr))
        case Op.CONCAT | Op.SLICE:
            return len(node.shape) == 1
        case Op.CONTRACT:
            return _is_simple(node, operands)
        case _:
            return True


def adds(node: Node) -> bool:
    """Tell sums over components, and products of two vectors."""
    return node.op is Op.CONTRACT and not node.shape and any(cast("Labels", node.attr).operands)


def _is_simple(node: Node, operands: Collection[Node]) -> bool:
    """Tell products without a sum, sums over components, and products of two vectors, all of them at every point."""
    labels = cast("Labels", node.attr)
    if any(operand.dtype is not DType.REAL or not set(operand.domain) <= set(node.domain) for operand in operands):
        return False
    if adds(node):
        return set(labels.operands) == {labels.operands[0]} and len(labels.operands[0]) == 1
    return len(operands) > 1 and all(own in {"", labels.out} for own in labels.operands)


def terms_of(graph: RecurrenceGraph, number: int, loop: Loop) -> Domain | None:
    """Return what the terms of a sum over points vary over, where a kernel adds them up as it makes them.

    A step of the loop has several such points, as lanes or children; what is left are fewer of them, or the sum grows
    from step to step. Where a kernel makes nothing of a term, the sum is a product of matrices and vectors.
    """
    node, labels = graph.nodes[number], graph.nodes[number].attr
    if node.op is not Op.CONTRACT or not isinstance(labels, Labels) or loop.inside:
        return None
    operands = [graph.nodes[operand] for operand in node.operands]
    terms = ordered({index for operand in operands for index in operand.domain})
    gone = set(terms) - set(node.domain)
    simple = all(
        own in {"", labels.out} and o.dtype is DType.REAL for own, o in zip(labels.operands, operands, strict=True)
    )
    if not simple or len(labels.out) > 1 or not gone or any(not i.ragged for i in gone):
        return None
    inside, vectors = set(members(loop)), bool(labels.out)
    made = (o for o in node.operands if o in inside and graph.nodes[o].domain == terms and is_pointwise(graph, o))
    fits = set(loop.indices) < set(terms) and any(bool(graph.nodes[o].shape) == vectors for o in made)
    return terms if fits else None


def cluster(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Reorder the bodies of the outermost loops over points."""
    return tuple(
        replace(step, body=_clustered(graph, step)) if isinstance(step, Loop) and step.ragged else step
        for step in steps
    )


def _clustered(graph: RecurrenceGraph, loop: Loop) -> tuple[Step, ...]:
    """Return a loop's steps, chosen from the last one on, so that what needs little stands beside what it is for.

    Chosen are views and more of the same kind first, then sums of that kind, what is of no kind, and another kind.
    """
    needs, kinds = _needs(graph, loop), [_kind(graph, step, loop) for step in loop.body]
    waiting = dict.fromkeys(needs, 0)
    for needed in needs.values():
        for other in needed:
            waiting[other] += 1
    ready: dict[Kind, list[int]] = {}
    for k in (k for k, count in waiting.items() if not count):
        heappush(ready.setdefault(kinds[k], []), -k)
    found: list[int] = []
    current = NO_KIND
    while len(found) < len(loop.body):
        wanted = (VIEW, current, replace(current, summed=True), NO_KIND)
        kind = next((kind for kind in wanted if ready.get(kind)), None) or _last(ready)
        current = current if kind == VIEW else replace(kind, summed=False)
        k = -heappop(ready[kind])
        found.append(k)
        for other in needs[k]:
            waiting[other] -= 1
            if not waiting[other]:
                heappush(ready.setdefault(kinds[other], []), -other)
    return tuple(sorted((loop.body[k] for k in reversed(found)), key=spot_of))


def _last(ready: Mapping[Kind, list[int]]) -> Kind:
    """Return the kind of the step that comes last; sums wait for others of the same terms."""
    return min((kind for kind, steps in ready.items() if steps), key=lambda kind: (kind.summed, ready[kind][0]))


def _kind(graph: RecurrenceGraph, step: Step, loop: Loop) -> Kind:
    if isinstance(step, Loop):
        return NO_KIND
    node = graph.nodes[step.node]
    if node.op in VIEWS or (node.op is Op.READ and loop.sliced and moves(graph, step.node, loop)):
        return VIEW
    lead = node.shape[0] if len(node.shape) == 2 else None
    if is_pointwise(graph, step.node):
        return Kind(node.domain, lead)
    terms = terms_of(graph, step.node, loop)
    return NO_KIND if terms is None else Kind(terms, lead, summed=True)


def _needs(graph: RecurrenceGraph, loop: Loop) -> dict[int, set[int]]:
    """Return for every step of a body which others it needs: what its nodes read at the same point."""
    own = [members(step) if isinstance(step, Loop) else (step.node,) for step in loop.body]
    maker = {number: k for k, nodes in enumerate(own) for number in nodes}
    found: dict[int, set[int]] = {}
    for k, (nodes, step) in enumerate(zip(own, loop.body, strict=True)):
        given = [o for n in nodes for o in graph.nodes[n].operands[int(moves(graph, n, loop, spot_of(step))) :]]
        found[k] = {maker[operand] for operand in given if operand in maker} - {k}
    return found
