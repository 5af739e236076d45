"""Long chains of operators, and walking the expressions of a model."""

from collections.abc import Iterator, Sequence
from typing import Final

from rnndsl.diagnostics.span import Span
from rnndsl.semantics.model import Apply, Expr, Number, Over

_SHORT: Final = 16
_ASSOCIATIVE: Final = frozenset({"+", "*", "and", "or"})

Step = tuple[str, Expr]
"""An operation of a chain: the operator and its right operand."""


def fold_chain(first: Expr, steps: Sequence[Step], span: Span) -> Expr:
    """Return the value of a chain of operations from left to right.

    A long run of one operation is folded in pairs, so that a sum of 10,000 terms is 14 levels deep and not 10,000.
    """
    result = first
    position = 0
    while position < len(steps):
        end = position
        while end < len(steps) and _family(steps[end][0]) == _family(steps[position][0]):
            end += 1
        run = steps[position:end]
        if len(run) > _SHORT and _family(run[0][0]) in _ASSOCIATIVE:
            result = _pairs(result, run, span)
        else:
            for operator, right in run:
                result = operate(operator, result, right, span)
        position = end
    return result


def operate(operator: str, left: Expr, right: Expr, span: Span) -> Expr:
    """Return one operation; `a > b` is stored as `b < a`."""
    if operator in {">", ">="}:
        return Apply("<" if operator == ">" else "<=", (right, left), span)
    return Apply(operator, (left, right), span)


def _family(operator: str) -> str:
    return {"-": "+", "/": "*"}.get(operator, operator)


def _pairs(first: Expr, run: Sequence[Step], span: Span) -> Expr:
    terms = [first, *(_inverse(operator, right, span) for operator, right in run)]
    family = _family(run[0][0])
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2], strict=False)
        rest = terms[-1:] if len(terms) % 2 else []
        terms = [Apply(family, pair, span) for pair in pairs] + rest
    return terms[0]


def _inverse(operator: str, right: Expr, span: Span) -> Expr:
    """Return what is added in the place of a subtraction, and multiplied in the place of a division."""
    match operator:
        case "-":
            return Apply("neg", (right,), span)
        case "/":
            return Apply("/", (Number(1.0, span), right), span)
        case _:
            return right


def parts(expression: Expr) -> tuple[Expr, ...]:
    """Return the direct parts of an expression."""
    match expression:
        case Apply(operands=operands):
            return operands
        case Over(body=body):
            return (body,)
        case _:
            return ()


def walk(expression: Expr) -> Iterator[Expr]:
    """Yield an expression and everything inside it, each before its parts."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(parts(current)))


def deeper_than(expression: Expr, limit: int) -> bool:
    """Tell whether an expression is nested more than `limit` deep."""
    level = [expression]
    for _ in range(limit):
        level = [part for one in level for part in parts(one)]
        if not level:
            return False
    return True
