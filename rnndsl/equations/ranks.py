"""The rank of an expression as it is written: whether a product is one of vectors, of numbers, or of matrices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rnndsl.semantics.functions import FUNCTIONS, Kind
from rnndsl.semantics.model import Type
from rnndsl.syntax.chains import flatten_chain
from rnndsl.syntax.notation import print_name
from rnndsl.syntax.tree import Binary, Call, CellCall, Conditional, Expression, Name, Number, Reference, Unary

_FIXED: Final = {
    "outer": 2,
    "transpose": 2,
    "concat": 1,
    "component": 0,
    "norm": 0,
    "cosine": 0,
    "length": 0,
    "leaf": 0,
}
_BRACE: Final = re.compile(r"\\\{[^{}]*\\\}")


def combined(operator: str, left: int, right: int) -> int:
    """Return the rank of what an operator makes of operands with these ranks."""
    return abs(left + right - 2) if operator == "@" else max(left, right)


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks by name, those of a checked block; of what is not known the name says it (a capital letter: a matrix)."""

    known: Mapping[str, Type]
    scalars: frozenset[str] = frozenset()  # indices, dimensions and loop variables

    def type(self, name: Name) -> Type | None:
        """Return the type of a quantity, if it is known; one with braces is like those that it stands for."""
        text = print_name(name)
        if text in self.known:
            return self.known[text]
        pattern = re.compile(_BRACE.sub("[A-Za-z0-9_]+", re.escape(text)))
        return next((kind for known, kind in self.known.items() if pattern.fullmatch(known)), None)

    def name(self, name: Name) -> int:
        """Return the rank of a quantity."""
        text = print_name(name)
        if text in self.scalars and text not in self.known:
            return 0
        kind = self.type(name)
        return len(kind.shape) if kind is not None else 2 if text[:1].isupper() else 1

    def of(self, expression: Expression) -> int:
        """Return the rank of an expression."""
        match expression:
            case Number():
                return 0
            case Reference(name=name):
                return self.name(name)
            case Unary(operand=operand):
                return self.of(operand)
            case Binary():
                first, operations = flatten_chain(expression)
                rank = self.of(first)
                for operation in operations:
                    rank = combined(operation.operator, rank, self.of(operation.right))
                return rank
            case Conditional(value=value, otherwise=otherwise):
                return max(self.of(value), self.of(otherwise))
            case Call():
                return self._call(expression)
            case CellCall():
                return 1

    def _call(self, call: Call) -> int:
        name = print_name(call.function)
        if name in _FIXED:
            return _FIXED[name]
        inside = max((self.of(argument) for argument in call.arguments), default=0)
        if call.over:
            return inside + (name == "stack")
        row = FUNCTIONS.get(name)
        return 0 if row is not None and row.kind is Kind.REDUCTION and name not in {"first", "last"} else inside
