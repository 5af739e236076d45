"""Solving a read's affine map for the consumer's indices: which consumers read a given point of the operand.

`r[t] = p[t-1]` is solved to `consumer t = point t + 1`; of `r[t, m] = sum over j of p[t, m-j]` the consumer is at
`m + j`, for every j: j stays free and is summed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnndsl.graph.errors import GraphError
from rnndsl.indices import Access, Affine, Domain, Index, ordered

#: A variable: an index, of the consumer (True) or of the operand's point (False).
Variable = tuple[bool, Index]


@dataclass(frozen=True)
class Expression:
    """A sum of variables with whole coefficients, and a number."""

    terms: Mapping[Variable, int]
    offset: int

    def plus(self, other: "Expression", factor: int = 1) -> "Expression":
        """Return self + factor * other."""
        terms = dict(self.terms)
        for variable, n in other.terms.items():
            terms[variable] = terms.get(variable, 0) + factor * n
        return Expression({v: n for v, n in terms.items() if n}, self.offset + factor * other.offset)

    def substitute(self, variable: Variable, value: "Expression") -> "Expression":
        """Replace a variable."""
        n = self.terms.get(variable, 0)
        rest = Expression({v: k for v, k in self.terms.items() if v != variable}, self.offset)
        return rest.plus(value, n) if n else self

    def consumers(self) -> Domain:
        """Return the consumer's indices in it."""
        return ordered({index for consumer, index in self.terms if consumer})

    def affine(self) -> Affine:
        """Return it as an access.

        Raises:
            GraphError: an index would have to be taken several times.
        """
        found = {index: n for (_, index), n in self.terms.items()}
        if len(found) < len(self.terms) or any(abs(n) != 1 for n in found.values()):
            raise GraphError("a read whose map of indices has no inverse that is a sum of indices")
        return Affine(tuple(sorted(found.items(), key=lambda term: term[0].sort_key)), self.offset)


def consumer(index: Index) -> Expression:
    """Return an index of the consumer."""
    return Expression({(True, index): 1}, 0)


def point(index: Index) -> Expression:
    """Return an index of the operand's point."""
    return Expression({(False, index): 1}, 0)


@dataclass
class Inverse:
    """The solution: consumer indices as expressions, those left free, and what has to be equal besides."""

    solved: dict[Index, Expression] = field(default_factory=dict)
    equal: list[tuple[Index, Expression]] = field(default_factory=list)

    @property
    def at(self) -> dict[Index, Access]:
        """Where the cotangent is read."""
        return {index: expression.affine() for index, expression in self.solved.items()}

    def _known(self, expression: Expression) -> Expression:
        for index, value in self.solved.items():
            expression = expression.substitute((True, index), value)
        return expression

    def add(self, index: Index, access: Affine) -> None:
        """Add an equation: the point's `index` is `access` of the consumer."""
        value = Expression({}, access.offset)
        for term, sign in access.terms:
            value = value.plus(consumer(term), sign)
        value = self._known(value)
        unknown = [other for other in value.consumers() if suits(index, other, access)]
        if not unknown:
            self.equal.append((index, value))
            return
        chosen = index if index in unknown else unknown[0]
        variable = (True, chosen)
        sign = value.terms[variable]
        rest = Expression({v: n for v, n in value.terms.items() if v != variable}, value.offset)
        found = Expression({}, 0).plus(point(index), sign).plus(rest, -sign)
        self.solved = {known: value.substitute(variable, found) for known, value in self.solved.items()}
        self.equal = [(known, value.substitute(variable, found)) for known, value in self.equal]
        self.solved[chosen] = found


def suits(index: Index, base: Index, access: Affine) -> bool:
    """Whether an equation for `index` may be solved for `base`: both must wrap in the same way, or neither at all.

    Nodes of a structure and their children are reached along it only.
    """
    if base.structured or base.of is not None:
        return False
    same = (index.low, index.high) == (base.low, base.high) and index.kind == base.kind
    alone = access == Affine(((base, 1),))
    if index.cyclic or base.cyclic:
        return same and (alone or (index.cyclic and base.cyclic))
    return True


def solve(kept: Domain, at: Mapping[Index, Access]) -> Inverse:
    """Solve a read's map; `kept` are indices of the operand that are read at the same point."""
    inverse = Inverse()
    for index in kept:
        inverse.solved[index] = point(index)
    for index, access in at.items():
        if isinstance(access, Affine):
            inverse.add(index, access)
    return inverse
