"""Ranks: constraints narrow the masks of their variables until nothing changes (a worklist, every step narrows)."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rnndsl.semantics.shapes_constraints import MATRIX, SCALAR, VECTOR, Constraint, Kind, Variable

Masks = Sequence[int]

#: Which ranks `@` takes and gives.
PRODUCTS: Final = (
    (MATRIX, VECTOR, VECTOR),
    (VECTOR, MATRIX, VECTOR),
    (MATRIX, MATRIX, MATRIX),
    (VECTOR, VECTOR, SCALAR),
)
STACKS: Final = ((SCALAR, VECTOR), (VECTOR, MATRIX))
SPREADS: Final = ((SCALAR, SCALAR), (SCALAR, VECTOR), (SCALAR, MATRIX), (VECTOR, VECTOR), (MATRIX, MATRIX))


def narrow_elementwise(masks: Masks) -> list[int]:
    """Narrow the ranks of operands and (last) result of an elementwise operator: the result has the largest."""
    *operands, result = masks
    able = sum(1 for mask in operands if mask & SCALAR)
    narrowed = [0] * len(masks)
    if result & SCALAR and able == len(operands):
        narrowed = [SCALAR] * len(masks)
    for rank in (VECTOR, MATRIX):
        carriers = sum(1 for mask in operands if mask & rank)
        if not result & rank or not carriers or any(not mask & (rank | SCALAR) for mask in operands):
            continue
        narrowed[-1] |= rank
        for k, mask in enumerate(operands):
            alone = carriers == 1 and mask & rank  # somebody has to carry the rank
            narrowed[k] |= mask & (rank if alone else rank | SCALAR)
    return narrowed


def narrow_table(masks: Masks, table: Iterable[tuple[int, ...]]) -> list[int]:
    """Narrow ranks to the rows of a table that are still possible."""
    narrowed = [0] * len(masks)
    for row in table:
        if all(mask & rank for mask, rank in zip(masks, row, strict=True)):
            narrowed = [mask | rank for mask, rank in zip(narrowed, row, strict=True)]
    return narrowed


def _equal(constraint: Constraint, masks: Masks) -> list[int]:
    return [masks[0] & masks[1]] * 2


def _needs(constraint: Constraint, masks: Masks) -> list[int]:
    return [masks[0] & constraint.allowed, masks[1]]


RANK_RULES: Final[Mapping[Kind, Callable[[Constraint, Masks], list[int]]]] = {
    Kind.ELEMENTWISE: lambda _, masks: narrow_elementwise(masks),
    Kind.FITS: lambda _, masks: narrow_table(masks, SPREADS),
    Kind.EQUAL: _equal,
    Kind.PRODUCT: lambda _, masks: narrow_table(masks, PRODUCTS),
    Kind.STACK: lambda _, masks: narrow_table(masks, STACKS),
    Kind.NEEDS: _needs,
    Kind.ALIKE: lambda _, masks: [mask & VECTOR for mask in masks],
    Kind.OUTER: lambda _, masks: [masks[0] & VECTOR, masks[1] & VECTOR, masks[2] & MATRIX],
    Kind.TRANSPOSE: lambda _, masks: [mask & MATRIX for mask in masks],
    Kind.CONCAT: lambda _, masks: [*(mask & (SCALAR | VECTOR) for mask in masks[:-1]), masks[-1] & VECTOR],
    Kind.PART: lambda _, masks: [masks[0] & masks[1] & (VECTOR | MATRIX)] * 2,
    Kind.SLICE: lambda _, masks: [masks[0] & masks[1] & (VECTOR | MATRIX)] * 2,
}


@dataclass
class Ranks:
    """Constraints that still have something to say, and those that cannot hold."""

    queue: deque[Constraint] = field(default_factory=deque)
    queued: set[int] = field(default_factory=set)
    broken: list[Constraint] = field(default_factory=list)

    def add(self, constraints: Iterable[Constraint]) -> None:
        """Put constraints on the worklist."""
        for constraint in constraints:
            if id(constraint) not in self.queued:
                self.queued.add(id(constraint))
                self.queue.append(constraint)

    def decide(self, variable: Variable, mask: int, origin: str) -> None:
        """Settle a variable by a rule, and let everything follow from it."""
        variable.mask, variable.origin = mask, origin
        self.add(variable.watchers)
        self.propagate()

    def propagate(self) -> None:
        """Narrow until nothing changes; a constraint that cannot hold is put aside with its variables as they are."""
        while self.queue:
            constraint = self.queue.popleft()
            self.queued.discard(id(constraint))
            variables = constraint.variables
            masks = [variable.mask for variable in variables]
            narrowed = RANK_RULES[constraint.kind](constraint, masks)
            if not all(narrowed):
                self._break(constraint)
                continue
            for variable, old, new in zip(variables, masks, narrowed, strict=True):
                # Two operands may be one variable (`a * a`): what both allow remains.
                if new != old and variable.mask & new:
                    variable.mask &= new
                    variable.cause = constraint
                    self.add(other for other in variable.watchers if other is not constraint)

    def _break(self, constraint: Constraint) -> None:
        if constraint not in self.broken:
            self.broken.append(constraint)
