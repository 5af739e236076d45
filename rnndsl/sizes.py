"""Sizes: polynomials with whole coefficients over the dimensions of a model, such as `4*hidden + 1`.

Two sizes are the same exactly when their canonical forms are equal, so `hidden + 1` never matches `width` by
coincidence of numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final


@dataclass(frozen=True)
class Quotient:
    """`numerator // denominator` or, with `remainder`, `numerator % denominator`: an opaque factor of a size."""

    numerator: "Size"
    denominator: "Size"
    remainder: bool = False

    def __str__(self) -> str:
        """Print as Python and the language both write it."""
        sign = "%" if self.remainder else "//"
        return f"({_grouped(self.numerator)} {sign} {_grouped(self.denominator)})"


Atom = str | Quotient
Monomial = tuple[Atom, ...]

#: The terms of the number 1.
ONE: Final[tuple[tuple[Monomial, int], ...]] = (((), 1),)


@dataclass(frozen=True)
class Size:
    """A sum of monomials with non-zero coefficients, sorted: `((), 1), (("hidden",), 4)` is `4*hidden + 1`."""

    terms: tuple[tuple[Monomial, int], ...] = ()

    @staticmethod
    def of(value: "int | str | Size") -> "Size":
        """Make a size of a whole number or of the name of a dimension."""
        if isinstance(value, Size):
            return value
        if isinstance(value, str):
            return Size((((value,), 1),))
        return Size((((), value),)) if value else Size()

    @cached_property
    def value(self) -> int | None:
        """The number, when no dimension takes part; else None."""
        if not self.terms:
            return 0
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    @cached_property
    def symbol(self) -> str | None:
        """The dimension's name, when this size is one bare dimension; else None."""
        if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1:
            atom = self.terms[0][0][0]
            return atom if isinstance(atom, str) else None
        return None

    @cached_property
    def dims(self) -> frozenset[str]:
        """The names of all dimensions inside."""
        found: set[str] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                found |= {atom} if isinstance(atom, str) else atom.numerator.dims | atom.denominator.dims
        return frozenset(found)

    @cached_property
    def _hash(self) -> int:
        return hash(self.terms)

    def __hash__(self) -> int:
        """Hash the terms, once: nodes are told apart by their shapes again and again."""
        return self._hash

    def __add__(self, other: "Size | int") -> "Size":
        """Return the sum."""
        right = Size.of(other)
        return _collect([*self.terms, *right.terms]) if self.terms and right.terms else self if self.terms else right

    __radd__ = __add__

    def __sub__(self, other: "Size | int") -> "Size":
        """Return the difference."""
        return self + Size(tuple((monomial, -n) for monomial, n in Size.of(other).terms))

    def __mul__(self, other: "Size | int") -> "Size":
        """Return the product."""
        right = Size.of(other)
        if right.terms == ONE:
            return self
        if self.terms == ONE:
            return right
        return _collect([(a + b, m * n) for a, m in self.terms for b, n in right.terms])

    __rmul__ = __mul__

    def __floordiv__(self, other: "Size | int") -> "Size":
        """Return the quotient: exact where every coefficient divides, otherwise an opaque factor."""
        right = Size.of(other)
        if right.value and all(n % right.value == 0 for _, n in self.terms):
            return Size(tuple((m, n // right.value) for m, n in self.terms))
        if self == right:
            return Size.of(1)
        if self.value is not None and right.value:
            return Size.of(self.value // right.value)
        return Size((((Quotient(self, right),), 1),))

    def __mod__(self, other: "Size | int") -> "Size":
        """Return the remainder, opaque unless both are numbers."""
        right = Size.of(other)
        if self.value is not None and right.value:
            return Size.of(self.value % right.value)
        return Size((((Quotient(self, right, remainder=True),), 1),))

    def evaluate(self, dims: Mapping[str, int]) -> int:
        """Return the number for given dimensions; raises KeyError for a dimension that is not given."""
        total = 0
        for monomial, coefficient in self.terms:
            product = coefficient
            for atom in monomial:
                product *= dims[atom] if isinstance(atom, str) else _divide(atom, dims)
            total += product
        return total

    def substitute(self, values: "Mapping[str, Size]") -> "Size":
        """Replace dimensions by sizes (a cell's arguments by what the caller gave)."""
        if self.dims.isdisjoint(values):
            return self
        total = Size()
        for monomial, coefficient in self.terms:
            product = Size.of(coefficient)
            for atom in monomial:
                product = product * _substitute(atom, values)
            total = total + product
        return total

    def __str__(self) -> str:
        """Print as an expression that Python and the language both read."""
        text = ""
        for monomial, n in reversed(self.terms):
            factors = ([str(abs(n))] if abs(n) != 1 or not monomial else []) + [str(a) for a in monomial]
            sign = (" - " if n < 0 else " + ") if text else ("-" if n < 0 else "")
            text += sign + "*".join(factors)
        return text or "0"


def _grouped(size: Size) -> str:
    simple = size.symbol is not None or (size.value is not None and size.value >= 0)
    return str(size) if simple else f"({size})"


def _divide(atom: Quotient, dims: Mapping[str, int]) -> int:
    top, bottom = atom.numerator.evaluate(dims), atom.denominator.evaluate(dims)
    return top % bottom if atom.remainder else top // bottom


def _substitute(atom: Atom, values: Mapping[str, Size]) -> Size:
    if isinstance(atom, str):
        return values.get(atom, Size.of(atom))
    top, bottom = atom.numerator.substitute(values), atom.denominator.substitute(values)
    return top % bottom if atom.remainder else top // bottom


def _collect(terms: list[tuple[Monomial, int]]) -> Size:
    sums: dict[Monomial, int] = {}
    for monomial, n in terms:
        key = monomial if len(monomial) < 2 else tuple(sorted(monomial, key=str))
        sums[key] = sums.get(key, 0) + n
    kept = [term for term in sums.items() if term[1]]
    ordered = sorted(kept, key=lambda term: (len(term[0]), str(term[0]))) if len(kept) > 1 else kept
    return Size(tuple(ordered))


Shape = tuple[Size, ...]
