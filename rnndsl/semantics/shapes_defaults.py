"""Ranks that equations leave open: what print says of a name, and the other operand of a sum or product.

In order, each step only where everything before has had its say:

1. a `param` under `@` (or in a function of whole vectors) is a matrix or a vector by its name;
2. one that stands alone in a sum or product, and data without a declared shape, take the shape of the other operand;
3. one with no other operand is what its name says;
4. what is then still open has no source of components: the lowest rank that fits.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from rnndsl.semantics.model import Apply, Dimension, Expr, Number, Param, Position, Read
from rnndsl.semantics.shapes_collect import ELEMENTWISE, Collection
from rnndsl.semantics.shapes_constraints import ANY, MATRIX, RANK_OF, SCALAR, VECTOR, Kind, Variable
from rnndsl.semantics.shapes_ranks import Ranks

#: Chains of these are decided as a whole by their terms; a product with scalars takes part in the sum around it.
SUMS: Final = frozenset({"+", "-", "if", "minimum", "maximum", "clip"})
BY_NAME: Final[Mapping[bool, tuple[int, str]]] = {
    True: (MATRIX, "is a matrix, since its name begins with a capital letter"),
    False: (VECTOR, "is a vector, since its name begins with a small letter"),
}
BESIDE: Final = "stands alone and takes the shape of what it is combined with"
#: How many of a quantity's reads are looked at: a sum of thousands of one parameter is no better known for them all.
MAX_READS: Final = 16
#: What looking at the neighbours may say, beside a rank.
WAIT: Final = -1
NOTHING: Final = 0


def settle(found: Collection, params: Mapping[str, Param], data: Iterable[str]) -> Ranks:
    """Find all ranks; what cannot hold is put aside in the result's `broken`."""
    ranks = Ranks()
    for name, param in params.items():
        if name not in found.declared and any(not _alone(found, read) for read in found.reads.get(name, ())):
            variable = found.quantities[name]
            variable.mask, variable.origin = BY_NAME[param.matrix]
    ranks.add(found.constraints)
    ranks.propagate()
    names = [name for name in (*params, *data) if name not in found.declared]
    _settle_neighbours(found, ranks, names)
    for name in params:
        variable = found.quantities[name]
        if variable.open:
            mask, origin = BY_NAME[params[name].matrix]
            ranks.decide(variable, *((mask, origin) if variable.mask & mask else _lowest(variable)))
            _settle_neighbours(found, ranks, names)
    _settle_rest(found, ranks, data)
    return ranks


def _settle_neighbours(found: Collection, ranks: Ranks, names: list[str]) -> None:
    """Give lone parameters and data the shape of their neighbours as long as one more becomes known.

    Where neighbours wait for one another (`u * a[t] + b`), one of them is settled by those that are known.
    """
    waiting = [name for name in names if found.quantities[name].open]
    while _settle_some(found, ranks, waiting, patient=True) or _settle_some(found, ranks, waiting, patient=False):
        waiting = [name for name in waiting if found.quantities[name].open]


def _settle_some(found: Collection, ranks: Ranks, names: list[str], *, patient: bool) -> bool:
    """Settle all that can be, or one if neighbours that are not known yet are left out of account."""
    progress = False
    for name in names:
        variable = found.quantities[name]
        wish = _wish(found, found.reads.get(name, ()), patient=patient) if variable.open else NOTHING
        if wish > 0 and variable.mask & wish:
            ranks.decide(variable, wish, BESIDE)
            progress = True
            if not patient:
                break
    return progress


def _settle_rest(found: Collection, ranks: Ranks, data: Iterable[str]) -> None:
    for name in data:
        variable = found.quantities[name]
        if variable.open and variable.mask & VECTOR:
            ranks.decide(variable, VECTOR, "is taken for a vector, since nothing says what it is")
    joined = [constraint.operands for constraint in found.constraints if constraint.kind is Kind.CONCAT]
    for variable in (variable for operands in joined for variable in operands):
        if variable.open and variable.mask & VECTOR:
            ranks.decide(variable, VECTOR, "is joined to a vector")
    for variable in (*found.quantities.values(), *found.expressions.values()):
        if variable.open:
            ranks.decide(variable, *_lowest(variable))


def _lowest(variable: Variable) -> tuple[int, str]:
    return variable.mask & -variable.mask, "has no source of components but scalars"


def _alone(found: Collection, read: Read) -> bool:
    """Whether a read stands in sums, products or elementwise functions only, or is a whole right-hand side."""
    return read in found.parents or read in found.goals


def _wish(found: Collection, reads: Iterable[Read], *, patient: bool) -> int:
    """Return the rank that the neighbours of a quantity's reads give it; a vector or matrix anywhere decides."""
    wishes = [_look(found, read, patient=patient) for read in islice(reads, MAX_READS)]
    for wish in (MATRIX, VECTOR):
        if wish in wishes:
            return wish
    return min(wishes, default=NOTHING)


def _look(found: Collection, read: Read, *, patient: bool) -> int:
    """Walk up from a read through the operators it stands in, and look at what stands beside it.

    Returns:
        The rank of the other operand, WAIT when that is not known yet, NOTHING when there is none.
    """
    expr: Expr = read
    scalars = unknown = False
    while isinstance(parent := found.parents.get(expr), Apply) and parent.function in ELEMENTWISE:
        seen = _neighbours(found, parent, expr)
        # Of what is no scalar the lowest rank that it can have: `W @ h` with an open h is a vector.
        largest = max((mask & -mask for mask in seen if not mask & SCALAR), default=NOTHING)
        if largest and (not patient or largest in seen):
            return largest
        scalars, unknown = scalars or SCALAR in seen, unknown or any(mask not in RANK_OF for mask in seen)
        if parent.function in SUMS and not _in_sum(found, parent):
            if unknown and patient:
                return WAIT
            if scalars and not unknown:
                return SCALAR
        expr = parent
    goal = _goal(found, expr)
    if goal is not None and goal.mask in {VECTOR, MATRIX}:
        return goal.mask
    unknown = unknown or (goal is not None and goal.mask == ANY and not scalars)
    return WAIT if unknown and patient else SCALAR if scalars else NOTHING


def _neighbours(found: Collection, parent: Apply, expr: Expr) -> set[int]:
    """Return what ranks the other operands can have; numbers and conditions say nothing."""
    others = parent.operands[1:] if parent.function == "if" else parent.operands
    return {
        found.expressions[other].mask
        for other in others
        if other is not expr and not isinstance(other, Number | Dimension | Position)
    }


def _in_sum(found: Collection, expr: Expr) -> bool:
    parent = found.parents.get(expr)
    return isinstance(parent, Apply) and parent.function in SUMS


def _goal(found: Collection, expr: Expr) -> Variable | None:
    """Return the quantity whose value an expression is, through functions that keep the shape."""
    while expr not in found.goals:
        parent = found.parents.get(expr)
        if parent is None or (isinstance(parent, Apply) and parent.function in ELEMENTWISE):
            return None
        expr = parent
    return found.goals[expr]
