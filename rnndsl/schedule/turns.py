"""Turns: the loops that a kernel takes through the numbers of one row of a value, and what of them it sums over.

Ranges come first, the longest last, then axis 0 of a matrix, and inside them all the components. A value whose row is
`[slots, width]` has a loop over slots and one over components; a sum over slots goes through them too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Over
from rnndsl.indices import Index, ordered
from rnndsl.ops import Op
from rnndsl.sizes import Size

#: A loop: over a range, or over axis 0 of a matrix.
Axis = Index | str
LEAD: Final = "0"
#: What is taken for a dimension that has no value yet.
USUAL: Final = 64


@dataclass(frozen=True, slots=True)
class Turns:
    """Loops, outermost first, and whether there is one more over components; `gone` and `summed` are those of a sum."""

    loops: tuple[Axis, ...]
    columns: bool
    gone: frozenset[Axis] = frozenset()
    summed: bool = False

    @property
    def sums(self) -> bool:
        """Tell sums, and maxima, which are whole only after a loop."""
        return bool(self.gone) or self.summed


def turns_of(graph: RecurrenceGraph, number: int) -> Turns:
    """Return the loops of a value that kernels can compute."""
    node = graph.nodes[number]
    operands = [graph.nodes[operand] for operand in node.operands]
    own = {index for index in node.domain if not index.ragged}
    gone, summed, columns, lead = set[Index](), False, bool(node.shape), len(node.shape) == 2
    if node.op is Op.MAX:
        gone = set(cast("Over", node.attr).indices)
        summed = not gone
    elif node.op is Op.CONTRACT:
        gone = {index for operand in operands for index in operand.domain if not index.ragged} - own
        summed = not node.shape and any(cast("Labels", node.attr).operands)
    ranges = sorted(ordered(own | gone), key=lambda index: extent_of(index.extent, graph.dims))
    columns = columns or summed or (node.op is Op.MAX and bool(operands[0].shape))
    return Turns((*ranges, *([LEAD] if lead else [])), columns, frozenset(gone), summed)


def extent_of(size: Size, dims: Mapping[str, int | None]) -> int:
    """Return a size in numbers."""
    return size.evaluate({name: USUAL if dims.get(name) is None else cast("int", dims[name]) for name in size.dims})
