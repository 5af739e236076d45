"""Contractions as stacks of matrix products whatever the order of their axes: which axes stand where.

Axes that both operands and the result share are places of the stack. Those of one operand and the result are rows or
columns, those of both operands alone are summed. The axes of a group are joined to one, which needs no copy where they
stand side by side; rows and columns can instead be places of the stack, too, which needs no copy either.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Final

#: The axis of points or examples: the one that is long.
ROWS: Final = "rows"
#: What a place of the stack costs that is a row or a column, and a copy: of what is made once, of other arrays without
#: points, and of those with points.
STACKED, STACKED_ROWS = 2, 4
ONCE, WITHOUT_ROWS, WITH_ROWS = 1, 3, 8

Axes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A product `[*stack, rows, summed] @ [*stack, summed, columns]`, each of the last three axes a group of some."""

    stack: Axes
    rows: Axes
    summed: Axes
    columns: Axes


def is_plain(axes: Sequence[str], one: Axes, other: Axes) -> bool:
    """Tell whether an array is a stack of matrices `[one, other]`, or turned ones, as BLAS reads them in place."""
    present = set(axes)
    groups = [tuple(axis for axis in group if axis in present) for group in (one, other)]
    joined = all(not group or _stand_together(axes, group) for group in groups)
    return joined and (not axes or axes[-1] in one + other)


def arrange(
    left: Sequence[str], right: Sequence[str], out: Sequence[str], once: Collection[int] = ()
) -> Arrangement | None:
    """Return how a contraction becomes a stack of matrix products with the least copying.

    None where it is none: where there is nothing to sum, or no rows, or no columns, so that every number of an operand
    is used once. Of operands in `once`, 0 or 1, a copy is made once for many products.
    """
    both = tuple(axis for axis in out if axis in left and axis in right)
    summed = [axis for axis in left if axis in right and axis not in out]
    rows, columns = ([axis for axis in out if axis in own and axis not in both] for own in (left, right))
    lonely = len(left) + len(right) + len(out) != 3 * len(both) + 2 * (len(summed) + len(rows) + len(columns))
    if lonely or not (summed and rows and columns):
        return None

    def cost(found: Arrangement) -> int:
        copies = [
            0 if is_plain(axes, one, other) else ONCE if k in once else WITH_ROWS if ROWS in axes else WITHOUT_ROWS
            for k, (axes, one, other) in enumerate(
                (
                    (left, found.rows, found.summed),
                    (right, found.summed, found.columns),
                    (out, found.rows, found.columns),
                )
            )
        ]
        return sum(copies) + sum(STACKED_ROWS if a == ROWS else STACKED for a in found.stack if a not in both)

    return min(_candidates((left, right, out), both, rows + columns), key=cost)


def _candidates(arrays: Sequence[Sequence[str]], both: Axes, free: Sequence[str]) -> Iterator[Arrangement]:
    """Yield arrangements: some rows and columns are places of the stack, and groups stand as in one of their arrays."""
    left, right, out = arrays
    stacks = chain.from_iterable(combinations(free, count) for count in range(len(free) - 1))
    for stacked, by_rows, by_columns, by_summed in product(stacks, (left, out), (right, out), (left, right)):
        rows = tuple(a for a in by_rows if a in left and a in free and a not in stacked)
        columns = tuple(a for a in by_columns if a in right and a in free and a not in stacked)
        summed = tuple(a for a in by_summed if a in left and a in right and a not in out)
        if rows and columns:
            yield Arrangement(tuple(a for a in out if a in both + stacked), rows, summed, columns)


def _stand_together(axes: Sequence[str], group: Axes) -> bool:
    """Tell whether axes stand side by side in an order."""
    start = axes.index(group[0])
    return tuple(axes[start : start + len(group)]) == group
