"""Clusters: bodies of loops, and what is between them, ordered so that pointwise work on the same rows stands together.

Kernels are made of runs of such work, and of sums over points of terms that are made there. The order among the steps
of a body is free but for operands at the same point; storage is planned for whatever order there is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import groupby
from typing import Final, cast

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels
from rnndsl.indices import Domain, ordered
from rnndsl.ops import DType, Op
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.placement import moves
from rnndsl.schedule.plan import Loop, Step, members, spot_of
from rnndsl.schedule.pointwise import is_pointwise
from rnndsl.schedule.turns import Axis, turns_of

#: What is part of something else, and joins any cluster.
VIEWS: Final = frozenset({Op.SLICE, Op.BROADCAST})


@dataclass(frozen=True, slots=True)
class Kind:
    """The rows of work for a kernel, its loops, whether one is over components; or that it sums up such work over rows.

    Of no loops both numbers and vectors are of one kind.
    """

    rows: Domain | None = None
    loops: tuple[Axis, ...] = ()
    columns: bool | None = None
    summed: bool = False
    view: bool = False


NO_KIND: Final = Kind()
VIEW: Final = Kind(view=True)


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
    fits = set(loop.indices) <= set(terms) and any(bool(graph.nodes[o].shape) == vectors for o in made)
    return terms if fits else None


def cluster(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Reorder the bodies of the outermost loops over points, and what stands between two loops."""
    found: list[Step] = []
    for alone, group in groupby(steps, lambda step: isinstance(step, Loop)):
        if not alone:
            found += _clustered(graph, tuple(group), None)
            continue
        for loop in cast("Iterator[Loop]", group):
            body = _clustered(graph, loop.body, loop) if loop.ragged else loop.body
            found.append(replace(loop, body=tuple(sorted(body, key=spot_of)) if loop.ragged else body))
    return tuple(found)


def _clustered(graph: RecurrenceGraph, body: tuple[Step, ...], loop: Loop | None) -> tuple[Step, ...]:
    """Return the steps of a body, chosen from the last one on, so that what needs little stands beside what it is for.

    Chosen are views and more of the same kind first, then of the same rows, sums over such rows, what is of no kind,
    and another kind.
    """
    needs, kinds = _needs(graph, body, loop), [_kind(graph, step, loop) for step in body]
    waiting = dict.fromkeys(needs, 0)
    for needed in needs.values():
        for other in needed:
            waiting[other] += 1
    ready: dict[Kind, list[int]] = {}
    for k in (k for k, count in waiting.items() if not count):
        heappush(ready.setdefault(kinds[k], []), -k)
    found: list[int] = []
    current = NO_KIND
    while len(found) < len(body):
        sums = replace(current, summed=True)
        wanted = (VIEW, current, _alike(ready, current), sums, _alike(ready, sums), NO_KIND)
        kind = next((kind for kind in wanted if ready.get(kind)), None) or _last(ready)
        current = current if kind == VIEW else replace(kind, summed=False)
        k = -heappop(ready[kind])
        found.append(k)
        for other in needs[k]:
            waiting[other] -= 1
            if not waiting[other]:
                heappush(ready.setdefault(kinds[other], []), -other)
    return tuple(body[k] for k in reversed(found))


def _alike(ready: Mapping[Kind, list[int]], kind: Kind) -> Kind:
    """Return the kind with the same rows as another one that most steps wait for; none where there is none."""
    if kind.rows is None:
        return NO_KIND
    same = [k for k, steps in ready.items() if steps and (k.rows, k.summed) == (kind.rows, kind.summed)]
    return max(same, key=lambda k: len(ready[k]), default=NO_KIND)


def _last(ready: Mapping[Kind, list[int]]) -> Kind:
    """Return the kind of the step that comes last; sums wait for others of the same terms."""
    return min((kind for kind, steps in ready.items() if steps), key=lambda kind: (kind.summed, ready[kind][0]))


def _kind(graph: RecurrenceGraph, step: Step, loop: Loop | None) -> Kind:
    if isinstance(step, Loop):
        return NO_KIND
    node = graph.nodes[step.node]
    if node.op in VIEWS or (node.op is Op.READ and loop and loop.sliced and moves(graph, step.node, loop)):
        return VIEW
    pointwise = is_pointwise(graph, step.node)
    terms = node.domain if pointwise else terms_of(graph, step.node, loop) if loop else None
    if terms is None:
        return NO_KIND
    turns = turns_of(graph, step.node)
    return Kind(ragged_of(terms), turns.loops, turns.columns if turns.loops else None, summed=not pointwise)


def _needs(graph: RecurrenceGraph, body: tuple[Step, ...], loop: Loop | None) -> dict[int, set[int]]:
    """Return for every step of a body which others it needs: what its nodes read, in a loop at the same point."""
    own = [members(step) if isinstance(step, Loop) else (step.node,) for step in body]
    maker = {number: k for k, nodes in enumerate(own) for number in nodes}
    found: dict[int, set[int]] = {}
    for k, (nodes, step) in enumerate(zip(own, body, strict=True)):
        given = [o for n in nodes for o in graph.nodes[n].operands[int(_moves(graph, n, loop, step)) :]]
        found[k] = {maker[operand] for operand in given if operand in maker} - {k}
    return found


def _moves(graph: RecurrenceGraph, number: int, loop: Loop | None, step: Step) -> bool:
    return loop is not None and moves(graph, number, loop, spot_of(step))
