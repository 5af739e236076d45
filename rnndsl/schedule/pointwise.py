"""What kernels compute: numbers from those of the same point, and sums of them over ranges and components."""

from collections.abc import Collection
from math import prod
from typing import Final, cast

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node, Over, Segments
from rnndsl.indices import Index
from rnndsl.ops import DType, Op
from rnndsl.schedule.turns import Axis, extent_of
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
