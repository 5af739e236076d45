"""What shape inference works on: one variable per quantity and expression, and constraints between them.

A rank is a bit mask of what is still possible (scalar 1, vector 2, matrix 4), so that propagation is intersection.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from rnndsl.diagnostics.span import Span
from rnndsl.sizes import Shape

SCALAR: Final = 1
VECTOR: Final = 2
MATRIX: Final = 4
ANY: Final = SCALAR | VECTOR | MATRIX
RANK_OF: Final = {SCALAR: 0, VECTOR: 1, MATRIX: 2}
RANK_WORDS: Final = {SCALAR: "a scalar", VECTOR: "a vector", MATRIX: "a matrix"}
MASK_OF: Final = (SCALAR, VECTOR, MATRIX)


class Kind(StrEnum):
    """How the shapes of a constraint's operands and of its result hang together."""

    ELEMENTWISE = "elementwise"  # equal, but for scalars, which broadcast
    EQUAL = "equal"  # one operand, the same shape
    FITS = "fits"  # one operand, the same shape or a scalar
    PRODUCT = "product"  # a @ b
    NEEDS = "needs"  # the operand's rank is one of `allowed`
    ALIKE = "alike"  # two vectors of one size
    OUTER = "outer"
    TRANSPOSE = "transpose"
    CONCAT = "concat"  # sizes add up; scalars count as one component
    PART = "part"  # sizes: (k, n)
    SLICE = "slice"  # sizes: (first, last)
    STACK = "stack"  # sizes: (extent,)


@dataclass(slots=True, eq=False)
class Variable:
    """The shape of a quantity or of an expression while it is inferred.

    `origin` says why the rank is what it is, when a rule or the author said so; `cause` is the constraint that decided
    it otherwise. `axes` are variables of sizes, given out when the rank is known.
    """

    text: str
    span: Span
    mask: int = ANY
    name: str = ""
    origin: str = ""
    cause: "Constraint | None" = None
    watchers: "list[Constraint]" = field(default_factory=list)
    axes: tuple[int, ...] = ()

    @property
    def open(self) -> bool:
        """Whether several ranks are still possible."""
        return self.mask not in RANK_OF

    @property
    def rank(self) -> int:
        """The rank, once it is known (the lowest possible one before)."""
        return RANK_OF[self.mask & -self.mask]


@dataclass(frozen=True, slots=True, eq=False)
class Constraint:
    """A relation between the shapes of `operands` and of `result`; `symbol` is how the language writes it."""

    kind: Kind
    operands: tuple[Variable, ...]
    result: Variable
    span: Span
    symbol: str
    allowed: int = ANY
    sizes: Shape = ()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All variables that take part."""
        return (*self.operands, self.result)
