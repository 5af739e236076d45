"""Clusters: the bodies of loops in an order in which pointwise work on the same rows stands together.

Kernels are made of runs of such work. The order among the steps of a body is free but for operands at the same point;
storage is planned for whatever order there is.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from typing import Final, cast

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node, Segments
from rnndsl.indices import Domain
from rnndsl.ops import DType, Op
from rnndsl.schedule.placement import moves
from rnndsl.schedule.plan import Evaluate, Loop, Place, Step, Storage, members, spot_of
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

Kind = tuple[Domain, Size | None]


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


def cluster(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Reorder the bodies of the outermost loops over points."""
    return tuple(
        replace(step, body=_clustered(graph, step)) if isinstance(step, Loop) and step.ragged else step
        for step in steps
    )


def _clustered(graph: RecurrenceGraph, loop: Loop) -> tuple[Step, ...]:
    """Return a loop's steps: views and more of the same kind first, then what is of no kind, then another kind."""
    needs = _needs(graph, loop)
    users: dict[int, list[int]] = {}
    for k, needed in needs.items():
        for other in needed:
            users.setdefault(other, []).append(k)
    ready: dict[object, list[int]] = {}
    waiting = {k: len(needed) for k, needed in needs.items()}
    kinds = [_kind(graph, step, loop) for step in loop.body]
    for k in (k for k, count in waiting.items() if not count):
        heappush(ready.setdefault(kinds[k], []), k)
    found: list[int] = []
    current: object = None
    while len(found) < len(loop.body):
        kind = next((kind for kind in ("view", current, None) if ready.get(kind)), _first(ready))
        current = current if kind == "view" else kind
        k = heappop(ready[kind])
        found.append(k)
        for user in users.get(k, ()):
            waiting[user] -= 1
            if not waiting[user]:
                heappush(ready.setdefault(kinds[user], []), user)
    return tuple(sorted((loop.body[k] for k in found), key=spot_of))


def _first(ready: Mapping[object, list[int]]) -> object:
    """Return the kind of the step that comes first."""
    return min((kind for kind, steps in ready.items() if steps), key=lambda kind: ready[kind][0])


def _kind(graph: RecurrenceGraph, step: Step, loop: Loop) -> Kind | str | None:
    if isinstance(step, Loop):
        return None
    node = graph.nodes[step.node]
    if node.op in VIEWS or (node.op is Op.READ and loop.sliced and moves(graph, step.node, loop)):
        return "view"
    return _pointwise_kind(graph, step)


def _needs(graph: RecurrenceGraph, loop: Loop) -> dict[int, set[int]]:
    """Return for every step of a body which others it needs: what its nodes read at the same point."""
    own = [members(step) if isinstance(step, Loop) else (step.node,) for step in loop.body]
    maker = {number: k for k, nodes in enumerate(own) for number in nodes}
    found: dict[int, set[int]] = {}
    for k, (nodes, step) in enumerate(zip(own, loop.body, strict=True)):
        given = [o for n in nodes for o in graph.nodes[n].operands[int(moves(graph, n, loop, spot_of(step))) :]]
        found[k] = {maker[operand] for operand in given if operand in maker} - {k}
    return found


def kernel_runs(
    graph: RecurrenceGraph, steps: tuple[Step, ...], storage: Mapping[int, Storage]
) -> dict[tuple[int, int], int]:
    """Return which steps one kernel may do: their runs by the number of the step, and its place in a loop's body.

    A run goes on over what stands by and computes nothing.
    """
    found: dict[tuple[int, int], int] = {}
    current: tuple[Loop | None, Kind] | None = None
    for k, step in enumerate(steps):
        loop = step if isinstance(step, Loop) else None
        for place, inner in enumerate((step,) if loop is None else loop.body):
            if isinstance(inner, Evaluate) and _stands_by(graph, inner.node, storage):
                continue
            kind = _pointwise_kind(graph, inner)
            if kind is None or current != (loop, kind):
                current = None if kind is None else (loop, kind)
                run = len(found)
            if kind is not None:
                found[k, place] = run
    return found


def _stands_by(graph: RecurrenceGraph, number: int, storage: Mapping[int, Storage]) -> bool:
    return storage[number].place in {Place.VIEW, Place.INLINE, Place.SOURCE} or graph.nodes[number].op is Op.INPUT


def _pointwise_kind(graph: RecurrenceGraph, step: Step) -> Kind | None:
    if isinstance(step, Loop) or not is_pointwise(graph, step.node):
        return None
    node = graph.nodes[step.node]
    return node.domain, node.shape[0] if len(node.shape) == 2 else None
