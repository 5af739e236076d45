"""Clusters: the bodies of loops in an order in which pointwise work on the same rows stands together.

Kernels are made of runs of such work, and of sums over points of terms that are made there. The order among the steps
of a body is free but for operands at the same point; storage is planned for whatever order there is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from math import prod
from typing import Final, cast

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node, Over, Segments
from rnndsl.indices import Domain, Index, ordered
from rnndsl.ops import DType, Op
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.placement import moves
from rnndsl.schedule.plan import Loop, Step, members, spot_of
from rnndsl.schedule.turns import Axis, extent_of, turns_of
from rnndsl.sizes import Size

#: Functions of one number.
ACTIVATIONS: Final = frozenset(
    {Op.SIGMOID, Op.TANH, Op.RELU, Op.EXP, Op.NEG, Op.SQRT, Op.ABS, Op.SIGN, Op.LOG, Op.SOFTPLUS}
)

#: What a kernel can compute: nothing that needs a library's function, which would be called number by number.
POINTWISE: Final = ACTIVATIONS | frozenset(
    {
        Op.NOT, Op.SEEN, Op.NUMBER, Op.STOP, Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.POW, Op.MINIMUM, Op.MAXIMUM, Op.LESS,
        Op.LESS_EQUAL, Op.EQUAL, Op.AND, Op.OR, Op.WHERE, Op.BROADCAST, Op.ACTIVATE, Op.CONCAT, Op.SLICE, Op.CONTRACT,
        Op.MAX,
    }
)  # fmt: skip

#: How many rows, columns or terms a product of two matrices at every point has at most that no call of BLAS pays for.
SMALL: Final = 8

#: How many operands it takes: the time to compile a kernel grows faster than they do.
MOST: Final = 100

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


def is_pointwise(graph: RecurrenceGraph, number: int) -> bool:
    """Tell numbers computed from those at the same point, and sums of them; of tokens if they are there, and which."""
    node = graph.nodes[number]
    operands = [graph.nodes[operand] for operand in node.operands]
    tokens = any(operand.dtype is DType.INT for operand in operands) and node.op not in {Op.SEEN, Op.NUMBER}
    if not node.batch or node.op not in POINTWISE or node.dtype is DType.INT or tokens:
        return False
    if any(operand.op is Op.OPTION for operand in operands) or len(operands) > MOST:
        return False
    match node.op:
        case Op.ACTIVATE:
            return all(op in ACTIVATIONS for op, _ in cast("Segments", node.attr))
        case Op.CONCAT | Op.SLICE:
            return len(node.shape) == 1
        case Op.CONTRACT:
            return _is_simple(graph, node, operands)
        case Op.MAX:
            return not any(index.ragged for index in cast("Over", node.attr).indices)
        case _:
            return True


def parts_kernels(graph: RecurrenceGraph, number: int) -> bool:
    """Tell products that BLAS does: outside of loops no kernel goes on from before one to behind it."""
    return graph.nodes[number].op is Op.CONTRACT and not is_pointwise(graph, number)


def _is_simple(graph: RecurrenceGraph, node: Node, operands: Collection[Node]) -> bool:
    """Tell products number by number, and their sums over ranges and components, but for those that BLAS is better at.

    All operands are of the same point, numbers or vectors with the same components.
    """
    labels = cast("Labels", node.attr)
    ragged = {index for operand in operands for index in operand.domain if index.ragged}
    if any(operand.dtype is not DType.REAL for operand in operands) or not ragged <= set(node.domain):
        return False
    letters = {own for own in (*labels.operands, labels.out) if own}
    gone = {index for operand in operands for index in operand.domain} - set(node.domain)
    if len(letters) > 1 or (gone and any(len(own) > 1 for own in letters)):
        return False
    if not gone and labels.out == "".join(letters):
        return len(operands) > 1
    return len(labels.out) < 2 and all(len(own) < 2 for own in letters) and not _is_for_blas(graph, node, operands)


def _is_for_blas(graph: RecurrenceGraph, node: Node, operands: Collection[Node]) -> bool:
    """Tell sums that are products of matrices, and not small: all rows with one matrix, or of every row two."""
    own, axes = _axes(node), [_axes(operand) for operand in operands]
    gone = set[Axis]().union(*axes) - own.keys()

    def is_small(*groups: Collection[Axis]) -> bool:
        sizes = own | {axis: size for each in axes for axis, size in each.items()}
        return min(prod(extent_of(sizes[axis], graph.dims) for axis in group) for group in groups) <= SMALL

    for operand, each in zip(operands, axes, strict=True):
        kept, summed = each.keys() & own.keys(), gone & each.keys()
        if not operand.batch and kept and summed and not is_small(kept, summed):
            return True
    if len(axes) < 2 or not any(isinstance(axis, Index) for axis in gone):
        return False
    left, right = (axes[k].keys() & own.keys() - axes[1 - k].keys() for k in (0, 1))
    return bool(left and right) and not is_small(left, right, gone)


def _axes(node: Node) -> dict[Axis, Size]:
    """Return the axes of a row of a value, with their lengths; that of components is the last one."""
    ranges: dict[Axis, Size] = {index: index.extent for index in node.domain if not index.ragged}
    return ranges | {f"-{k}": size for k, size in enumerate(reversed(node.shape))}


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

    Chosen are views and more of the same kind first, then of the same rows, sums over such rows, what is of no kind,
    and another kind.
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
    return tuple(sorted((loop.body[k] for k in reversed(found)), key=spot_of))


def _alike(ready: Mapping[Kind, list[int]], kind: Kind) -> Kind:
    """Return the kind with the same rows as another one that most steps wait for; none where there is none."""
    if kind.rows is None:
        return NO_KIND
    same = [k for k, steps in ready.items() if steps and (k.rows, k.summed) == (kind.rows, kind.summed)]
    return max(same, key=lambda k: len(ready[k]), default=NO_KIND)


def _last(ready: Mapping[Kind, list[int]]) -> Kind:
    """Return the kind of the step that comes last; sums wait for others of the same terms."""
    return min((kind for kind, steps in ready.items() if steps), key=lambda kind: (kind.summed, ready[kind][0]))


def _kind(graph: RecurrenceGraph, step: Step, loop: Loop) -> Kind:
    if isinstance(step, Loop):
        return NO_KIND
    node = graph.nodes[step.node]
    if node.op in VIEWS or (node.op is Op.READ and loop.sliced and moves(graph, step.node, loop)):
        return VIEW
    pointwise = is_pointwise(graph, step.node)
    terms = node.domain if pointwise else terms_of(graph, step.node, loop)
    if terms is None:
        return NO_KIND
    turns = turns_of(graph, step.node)
    return Kind(ragged_of(terms), turns.loops, turns.columns if turns.loops else None, summed=not pointwise)


def _needs(graph: RecurrenceGraph, loop: Loop) -> dict[int, set[int]]:
    """Return for every step of a body which others it needs: what its nodes read at the same point."""
    own = [members(step) if isinstance(step, Loop) else (step.node,) for step in loop.body]
    maker = {number: k for k, nodes in enumerate(own) for number in nodes}
    found: dict[int, set[int]] = {}
    for k, (nodes, step) in enumerate(zip(own, loop.body, strict=True)):
        given = [o for n in nodes for o in graph.nodes[n].operands[int(moves(graph, n, loop, spot_of(step))) :]]
        found[k] = {maker[operand] for operand in given if operand in maker} - {k}
    return found
