"""Sums of products of pieces of text: the little algebra that makes printed equations short.

A value is a sum of products; a product has a number, factors and divisors. Everything is elementwise, so factors may
change places: common factors stand outside a sum, equal ones become powers, numbers are joined.
"""

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from rnndsl.indices import Index

# How tight the outermost operator of a text binds.
CHOICE: Final = 0
OR: Final = 1
AND: Final = 2
NOT: Final = 3
COMPARISON: Final = 4
SUM: Final = 5
PRODUCT: Final = 6
SIGN: Final = 7
POWER: Final = 8
ATOM: Final = 9


@dataclass(frozen=True, slots=True)
class Atom:
    """A text that is not taken apart any more, with its rank and the indices that it varies over."""

    text: str
    level: int = ATOM
    rank: int = 0
    free: frozenset[Index] = frozenset()

    def at(self, level: int) -> str:
        """Return the text for a place that binds as tight as `level`."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Product:
    """`number * above / below`."""

    number: float = 1.0
    above: tuple[Atom, ...] = ()
    below: tuple[Atom, ...] = ()

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """All factors and divisors."""
        return self.above + self.below

    def text(self) -> tuple[str, int]:
        """Return the text without its sign, and the level of its outermost operator."""
        above = _factors(tuple(sorted(self.above, key=lambda atom: atom.level == PRODUCT)))  # `a * (W @ x)`
        size = abs(self.number)
        if size != 1 or not above:
            above.insert(0, (number_text(size), ATOM))
        below = _factors(self.below)
        if len(above) == 1 and not below:
            return above[0]
        top = " * ".join(_bracketed(text, level) for text, level in above)
        if not below:
            return top, PRODUCT
        bottom = " * ".join(_bracketed(text, level) for text, level in below)
        return f"{top} / {bottom}" if len(below) == 1 else f"{top} / ({bottom})", PRODUCT


def _bracketed(text: str, level: int) -> str:
    return text if level > PRODUCT else f"({text})"


def _factors(atoms: tuple[Atom, ...]) -> list[tuple[str, int]]:
    """Return the factors as texts, equal ones as powers."""
    found = []
    for atom, times in Counter(atoms).items():
        found.append((f"{atom.at(ATOM)} ^ {times}", POWER) if times > 1 else (atom.text, atom.level))
    return found


@dataclass(frozen=True, slots=True)
class Value:
    """A sum of products; without any it is 0."""

    products: tuple[Product, ...]

    @property
    def rank(self) -> int:
        """The largest rank of what is in it."""
        return max((atom.rank for product in self.products for atom in product.atoms), default=0)

    @property
    def free(self) -> frozenset[Index]:
        """The indices that it varies over."""
        return frozenset().union(*(atom.free for product in self.products for atom in product.atoms))

    @property
    def constant(self) -> float | None:
        """The number that it is, if it is one."""
        if any(product.atoms for product in self.products):
            return None
        return math.fsum(product.number for product in self.products)

    def atom(self) -> Atom:
        """Return it as one piece of text, common factors in front of a sum."""
        shorter = factored(self)
        if shorter.constant is not None:
            text, level = number_text(abs(shorter.constant)), ATOM
            signs = [shorter.constant < 0]
            texts = [(text, level)]
        else:
            ordered = _ordered(shorter.products)
            signs = [product.number < 0 for product in ordered]
            texts = [product.text() for product in ordered]
        text, level = _joined(signs, texts)
        return Atom(text, level, self.rank, self.free)

    def text(self) -> str:
        """Return the text of a right-hand side."""
        return self.atom().text


def _joined(signs: list[bool], texts: list[tuple[str, int]]) -> tuple[str, int]:
    (first, level), rest = texts[0], texts[1:]
    if signs[0]:
        first, level = f"-{first if level >= SIGN else _in_front(first, level)}", SIGN
    if not rest:
        return first, level
    text = first if level >= PRODUCT else f"({first})"
    for minus, (term, its) in zip(signs[1:], rest, strict=True):
        text += f" {'-' if minus else '+'} {term if its > SUM else f'({term})'}"
    return text, SUM


def _in_front(text: str, level: int) -> str:
    """Return what a minus sign stands before: it binds tighter than a product, which means the same here."""
    return text if level == PRODUCT else f"({text})"


def _ordered(products: tuple[Product, ...]) -> list[Product]:
    """Return the terms as they are written: a number first, nothing negative in front if it can be helped."""
    numbers = [product for product in products if not product.atoms]
    others = [product for product in products if product.atoms]
    found = numbers + others
    first = next((place for place, product in enumerate(found) if product.number > 0), 0)
    return [found[first], *found[:first], *found[first + 1 :]]


def number_text(value: float) -> str:
    """Print a number as the language reads it."""
    if math.isinf(value):
        return "infinity"
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def of(atom: Atom) -> Value:
    """Return one piece of text as a value."""
    return Value((Product(above=(atom,)),))


def number(value: float) -> Value:
    """Return a number as a value."""
    return Value((Product(value),) if value else ())


def add(*values: Value) -> Value:
    """Add; equal products are one, numbers are one."""
    sums: dict[tuple[object, object], Product] = {}
    for product in (product for value in values for product in value.products):
        key = (tuple(sorted(product.above, key=lambda a: a.text)), tuple(sorted(product.below, key=lambda a: a.text)))
        known = sums.get(key)
        sums[key] = product if known is None else replace(known, number=known.number + product.number)
    return Value(tuple(product for product in sums.values() if product.number))


def negative(value: Value) -> Value:
    """Negate."""
    return Value(tuple(replace(product, number=-product.number) for product in value.products))


def multiply(*values: Value) -> Value:
    """Multiply; a sum becomes one factor."""
    result = Product()
    for value in values:
        if value.constant == 0:
            return number(0)
        one = as_product(value)
        result = Product(result.number * one.number, result.above + one.above, result.below + one.below)
    return Value((result,))


def divide(above: Value, below: Value) -> Value:
    """Divide."""
    if above.constant == 0:
        return number(0)
    top, bottom = as_product(above), as_product(below)
    if bottom.number == 0:
        bottom = Product(above=(below.atom(),))
    return Value((Product(top.number / bottom.number, top.above + bottom.below, top.below + bottom.above),))


def as_product(value: Value) -> Product:
    """Return a value as one product; what is left of a sum without its common factors is a factor."""
    if value.constant is not None:
        return Product(value.constant)
    shorter = factored(value)
    if len(shorter.products) == 1:
        return shorter.products[0]
    return Product(above=(shorter.atom(),))


def factored(value: Value) -> Value:
    """Return a sum with its common factors in front: `a / n - b / n` is `(a - b) / n`."""
    if len(value.products) < 2:
        return value
    above = _common([product.above for product in value.products])
    below = _common([product.below for product in value.products])
    sign = -1.0 if all(product.number < 0 for product in value.products) else 1.0
    size = _common_number(value)
    if not above and not below and size == 1 and sign == 1:
        return value
    rest = Value(tuple(_without(product, above, below, sign * size) for product in value.products))
    if size != 1 and not above and not below:
        return value
    inside = Product(above=(Atom(*_sum_text(rest), rest.rank, rest.free),))
    return Value((Product(sign * size * inside.number, (*above, *inside.above), below),))


def _common_number(value: Value) -> float:
    sizes = {abs(product.number) for product in value.products}
    return sizes.pop() if len(sizes) == 1 else 1.0


def _sum_text(value: Value) -> tuple[str, int]:
    ordered = _ordered(value.products)
    return _joined([product.number < 0 for product in ordered], [product.text() for product in ordered])


def _common(lists: "list[tuple[Atom, ...]]") -> tuple[Atom, ...]:
    shared = Counter(lists[0])
    for atoms in lists[1:]:
        shared &= Counter(atoms)
    return tuple(shared.elements())


def _without(product: Product, above: tuple[Atom, ...], below: tuple[Atom, ...], number: float) -> Product:
    return Product(product.number / number, _less(product.above, above), _less(product.below, below))


def _less(atoms: tuple[Atom, ...], taken: tuple[Atom, ...]) -> tuple[Atom, ...]:
    left, waiting = [], Counter(taken)
    for atom in atoms:
        if waiting[atom]:
            waiting[atom] -= 1
        else:
            left.append(atom)
    return tuple(left)
