"""What is known at compile time: dimensions, real constants, loop variables, and expressions over them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rnndsl.diagnostics.span import Span
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.findings import Findings, ReportedError, did_you_mean
from rnndsl.semantics.limits import MAX_WHOLE
from rnndsl.sizes import Size
from rnndsl.syntax.chains import flatten_chain, walk
from rnndsl.syntax.tree import Binary, Expression, Name, Number, Reference, Unary

Value = Size | float | str | bool
"""A compile-time value: a whole number or dimension, a real constant, a word of a `for`, a condition."""

_LARGEST: Final = 2**63
_MOST_TERMS: Final = 64
_MOST_FACTORS: Final = 8
_ARITHMETIC: Final = "numbers, dimensions, loop variables and arithmetic over them may stand here"
_COMPARISON: Final = "compare something, such as `layers > 1`"
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@dataclass(frozen=True, slots=True)
class Static:
    """The compile-time names in force at one place, and the evaluation of expressions over them.

    Every method that returns a value raises `ReportedError` when there is none, after recording why. `choosing` is set
    for the condition of an `if` block.
    """

    names: Mapping[str, Value]
    dims: Dims
    findings: Findings
    choosing: bool = False

    def knows(self, expression: Expression) -> bool:
        """Tell whether an expression reads nothing but compile-time names."""
        return all(
            isinstance(part, Number | Unary | Binary)
            or (isinstance(part, Reference) and part.points is None and self._plain(part.name) in self.names)
            for part in walk(expression)
        )

    def _plain(self, name: Name) -> str:
        match name.parts:
            case (str(text),):
                return text
            case _:
                return ""

    def size(self, expression: Expression) -> Size:
        """Return a whole number or symbolic size."""
        value = self.value(expression)
        if isinstance(value, Size):
            return value
        if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
            return Size.of(int(value))
        raise self._not("a whole number", value, expression.span)

    def positive(self, expression: Expression) -> Size:
        """Return a size that is not known to be less than 1."""
        size = self.size(expression)
        self.dims.check_positive(size, expression.span)
        return size

    def whole(self, expression: Expression) -> int:
        """Return a whole number that the structure of the model needs."""
        return self.dims.need(self.size(expression), expression.span)

    def real(self, expression: Expression) -> float:
        """Return a real number: a literal, a constant, or arithmetic over them."""
        match expression:
            case Unary(operator="-", operand=operand):
                return -self.real(operand)
            case Binary():
                first, operations = flatten_chain(expression)
                result = self.real(first)
                for operation in operations:
                    result = self._real_arithmetic(operation, result, self.real(operation.right))
                return result
            case _:
                return self.number(expression)

    def number(self, expression: Expression) -> float:
        """Return the number of a compile-time value; a dimension in it must be known."""
        value = self.value(expression)
        if isinstance(value, Size):
            return float(self.dims.need(value, expression.span))
        if isinstance(value, float):
            return value
        raise self._not("a number", value, expression.span)

    def truth(self, expression: Expression) -> bool:
        """Return whether a condition holds."""
        value = self.value(expression)
        if isinstance(value, bool):
            return value
        raise self._not("a condition", value, expression.span)

    def value(self, expression: Expression) -> Value:
        """Return the value of an expression over compile-time names."""
        match expression:
            case Number(value=value, text=text):
                return Size.of(int(text)) if text.isdigit() and value < _LARGEST else float(value)
            case Reference(name=name, points=None):
                return self._named(name)
            case Unary(operator="not", operand=operand):
                return not self.truth(operand)
            case Unary(operand=operand):
                return self._negative(self.value(operand), operand.span)
            case Binary():
                first, operations = flatten_chain(expression)
                result = self.value(first)
                for operation in operations:
                    result = self._operate(operation, result)
                return result
            case _:
                raise self._unknown("this", expression.span)

    def _named(self, name: Name) -> Value:
        text = self._plain(name)
        if text == "infinity":
            return math.inf
        if text in self.names:
            return self.names[text]
        near = did_you_mean(text, self.names)
        if text and not self.choosing:
            raise self._no_size(text, name.span, near)
        raise self._unknown(f"`{text}`" if text else "this", name.span, near)

    def _no_size(self, text: str, span: Span, near: str) -> ReportedError:
        way = near or "sizes are made of dimensions, which stand in the first line: `model Net(n, hidden = 128):`"
        return self.findings.fail("RNN221", f"`{text}` is neither a dimension nor a constant", span, way=way)

    def _unknown(self, what: str, span: Span, near: str = "") -> ReportedError:
        way = near or "sizes are made of dimensions, which stand in the first line: `model Net(n, hidden = 128):`"
        if self.choosing:
            way = "an `if` block asks about dimensions; what depends on data or a step is `a if t > 1 else b`"
        return self.findings.fail("RNN221", f"{what} is not known at compile time", span, way=way)

    def _not(self, wanted: str, value: Value, span: Span) -> ReportedError:
        if isinstance(value, bool):
            got = "a condition"
        else:
            got = f"the word `{value}`" if isinstance(value, str) else f"{value}"
        way = _COMPARISON if wanted == "a condition" else _ARITHMETIC
        return self.findings.fail("RNN222", f"{wanted} is needed here, not {got}", span, way=way)

    def _negative(self, value: Value, span: Span) -> Value:
        if isinstance(value, bool | str):
            raise self._not("a number", value, span)
        return value * -1 if isinstance(value, Size) else -value

    def _operate(self, operation: Binary, left: Value) -> Value:
        if operation.operator in {"and", "or"}:
            return self._logic(operation, left)
        right = self.value(operation.right)
        if isinstance(left, bool | str):
            raise self._not("a number", left, operation.left.span)
        if isinstance(right, bool | str):
            raise self._not("a number", right, operation.right.span)
        if operation.operator in _COMPARE:
            return _COMPARE[operation.operator](self._float(left, operation), self._float(right, operation))
        if isinstance(left, Size) and isinstance(right, Size):
            return self._whole_arithmetic(operation, left, right)
        return self._real_arithmetic(operation, self._float(left, operation), self._float(right, operation))

    def _logic(self, operation: Binary, left: Value) -> bool:
        if not isinstance(left, bool):
            raise self._not("a condition", left, operation.left.span)
        if left is (operation.operator == "or"):
            return left
        return self.truth(operation.right)

    def _float(self, value: Size | float, operation: Binary) -> float:
        return float(self.dims.need(value, operation.span)) if isinstance(value, Size) else value

    def _whole_arithmetic(self, operation: Binary, left: Size, right: Size) -> Size:
        match operation.operator:
            case "+":
                result = left + right
            case "-":
                result = left - right
            case "*":
                result = self._product(left, right, operation)
            case "/" | "%":
                result = self._division(left, right, operation)
            case "^":
                result = self._power(left, right, operation)
            case _:
                raise self._unknown(f"a product with `{operation.operator}`", operation.span)
        return self._bounded(result, operation)

    def _product(self, left: Size, right: Size, operation: Binary) -> Size:
        if len(left.terms) * len(right.terms) > _MOST_TERMS**2:
            raise self._too_large(operation)
        return left * right

    def _division(self, left: Size, right: Size, operation: Binary) -> Size:
        divisor = self.dims.peek(right)
        if divisor == 0:
            message = "this divides by zero"
            raise self.findings.fail("RNN222", message, operation.span, way="sizes are whole numbers from 1")
        if operation.operator == "%":
            return left % right
        number = self.dims.peek(left)
        if number is not None and divisor is not None and number % divisor:
            message = f"{number} / {divisor} is not a whole number"
            raise self.findings.fail("RNN219", message, operation.span, way="choose dimensions that divide")
        return left // right

    def _power(self, left: Size, right: Size, operation: Binary) -> Size:
        exponent = self.dims.need(right, operation.right.span)
        if exponent < 0:
            message = "a whole number is needed here, not a negative power"
            raise self.findings.fail("RNN222", message, operation.span, way="divide: `1 / a` in place of `a ^ -1`")
        number = left.value
        most = _MOST_FACTORS if number is None else _LARGEST.bit_length() if abs(number) > 1 else 1
        if number is not None and abs(number) <= 1:
            return Size.of(number**exponent if exponent < 2 else number if exponent % 2 else abs(number))
        if exponent > most:
            raise self._too_large(operation)
        result = Size.of(1)
        for _ in range(exponent):
            result = self._bounded(result * left, operation)
        return result

    def _bounded(self, size: Size, operation: Binary) -> Size:
        long = len(size.terms) > _MOST_TERMS or any(len(monomial) > _MOST_FACTORS for monomial, _ in size.terms)
        if long or any(abs(factor) >= _LARGEST for _, factor in size.terms):
            raise self._too_large(operation)
        return size

    def _too_large(self, operation: Binary) -> ReportedError:
        way = f"sizes are whole numbers up to {MAX_WHOLE:,}"
        return self.findings.fail("RNN509", "this number is too large to compute with", operation.span, way=way)

    def _real_arithmetic(self, operation: Binary, left: float, right: float) -> float:
        try:
            match operation.operator:
                case "+":
                    return left + right
                case "-":
                    return left - right
                case "*":
                    return left * right
                case "/":
                    return left / right
                case "%":
                    return left % right
                case "^":
                    return math.pow(left, right)
                case _:
                    raise self._unknown(f"a product with `{operation.operator}`", operation.span)
        except (ArithmeticError, ValueError):
            message = f"{left:g} {operation.operator} {right:g} is not a number"
            raise self.findings.fail("RNN222", message, operation.span, way="keep to numbers for which it is") from None
