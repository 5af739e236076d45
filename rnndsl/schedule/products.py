"""Contractions as matrix products: how many, and of which size."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node
from rnndsl.indices import Domain, Index
from rnndsl.schedule.arranging import arrange
from rnndsl.schedule.extents import Extents

#: The axis of the examples, beside indices and the letters of a contraction's labels.
BATCH: Final = ""


@dataclass(frozen=True, slots=True)
class Product:
    """`count` products of a matrix `[rows, inner]` and one `[inner, columns]`, in `calls` calls."""

    calls: float
    count: float
    rows: float
    inner: float
    columns: float

    @property
    def operations(self) -> float:
        """Multiplications and additions."""
        return 2.0 * self.count * self.rows * self.inner * self.columns


def product_of(graph: RecurrenceGraph, number: int, extents: Extents, walked: Domain, steps: float) -> Product:
    """Return a contraction of two operands as products, in so many steps that meet the points of `walked`.

    What both operands and the result vary over are products of their own; what one operand and the result do are its
    rows or columns, and what both operands alone do is summed.
    """
    node = graph.nodes[number]
    operands = [graph.nodes[operand] for operand in node.operands]
    labels = node.attr if isinstance(node.attr, Labels) else Labels(("", ""), "")
    letters: dict[str, float] = {
        letter: extents.size(size)
        for own, operand in zip(labels.operands, operands, strict=True)
        for letter, size in zip(own, operand.shape, strict=True)
    }
    letters[BATCH] = extents.examples * prod(map(extents.along, walked)) / steps

    def size(axes: set[Index | str]) -> float:
        return prod(extents.along(axis) if isinstance(axis, Index) else letters[axis] for axis in axes)

    left, right = (_axes(operand, own, walked) for operand, own in zip(operands, labels.operands, strict=True))
    result = _axes(node, labels.out, walked)
    both = left & right
    return Product(steps, steps * size(both & result), size(left - right), size(both - result), size(right - left))


def _axes(node: Node, letters: str, walked: Domain) -> set[Index | str]:
    axes: set[Index | str] = {*node.domain, *letters} - {*walked}
    return axes | {BATCH} if node.batch else axes


def is_of_matrices(left: Sequence[str], right: Sequence[str], out: Sequence[str]) -> bool:
    """Tell whether a product is one of matrices, or one for every place of common axes.

    Others are made by einsum, which calls no BLAS.
    """
    if arrange(left, right, out) is not None:
        return True
    both = [axis for axis in out if axis in left and axis in right]
    if len(out) > len(both) and out[len(both)] in right:
        left, right = right, left
    summed = [axis for axis in left if axis in right and axis not in out]
    rows, columns = ([axis for axis in own if axis not in both and axis not in summed] for own in (left, right))
    if list(out) != both + rows + columns or (both and max(len(rows), len(columns), len(summed)) > 1):
        return False
    return all(
        list(own) in (both + one + other, both + other + one)
        for own, one, other in ((left, rows, summed), (right, summed, columns))
    )
