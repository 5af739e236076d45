"""Printing the expressions of a model as the language writes them: for comments, diagrams and messages."""

import math
from typing import Final

from rnndsl.indices import Domain
from rnndsl.semantics.model import (
    Apply,
    Dimension,
    Distribution,
    Expr,
    Leaf,
    Length,
    Number,
    Over,
    Position,
    Read,
)

_LEVELS: Final = {
    "if": 0,
    "or": 1,
    "and": 2,
    "not": 3,
    "<": 4,
    "<=": 4,
    "==": 4,
    "!=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "@": 6,
    "%": 6,
    "neg": 7,
    "^": 8,
}
_ATOM: Final = 9


def print_equation(name: str, domain: Domain, value: Expr) -> str:
    """Print `h[t] = tanh(W @ h[t-1] + b)`."""
    return f"{_left(name, domain)} = {print_expression(value)}"


def print_random(name: str, domain: Domain, distribution: Distribution) -> str:
    """Print `y[t] ~ categorical(o[t])`."""
    return f"{_left(name, domain)} ~ {_distribution(distribution)}"


def _left(name: str, domain: Domain) -> str:
    return f"{name}[{', '.join(index.name for index in domain)}]" if domain else name


def _distribution(distribution: Distribution) -> str:
    arguments = ", ".join(
        _distribution(one) if isinstance(one, Distribution) else print_expression(one) for one in distribution.arguments
    )
    return f"{distribution.name}({arguments}{_over(distribution.over)})"


def _over(indices: Domain) -> str:
    return f" over {', '.join(index.name for index in indices)}" if indices else ""


def print_expression(expression: Expr) -> str:
    """Print an expression with as few parentheses as its meaning needs."""
    return _print(expression)[0]


def _print(expression: Expr) -> tuple[str, int]:
    """Return the text with the level of its outermost operator."""
    match expression:
        case Number(value=value):
            return _number(value), _ATOM if value >= 0 else _LEVELS["neg"]
        case Dimension(size=size):
            text = str(size)
            return text, _ATOM if text.isidentifier() or text.isdigit() else _LEVELS["+"]
        case Position(index=index):
            return index.name, _ATOM
        case Length(index=index):
            return f"length({index.name})", _ATOM
        case Leaf(index=index):
            return f"leaf({index.name})", _ATOM
        case Read(name=name, at=at):
            return (f"{name}[{', '.join(str(access) for access in at)}]" if at else name), _ATOM
        case Over(function=function, body=body, indices=indices):
            return f"{function}({print_expression(body)}{_over(indices)})", _ATOM
        case Apply():
            return _apply(expression)


def _number(value: float) -> str:
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)


def _apply(expression: Apply) -> tuple[str, int]:
    function, operands = expression.function, expression.operands
    level = _LEVELS.get(function)
    if level is None:
        given = [print_expression(one) for one in operands] + [str(size) for size in expression.sizes]
        given += [f"tie = {index.name}" for index in expression.tie]
        return f"{function}({', '.join(given)})", _ATOM
    match function, operands:
        case "if", (condition, value, otherwise):
            return f"{_at(value, 1)} if {_at(condition, 1)} else {_at(otherwise, 0)}", level
        case "neg", (operand,):
            return f"-{_at(operand, level)}", level
        case "not", (operand,):
            return f"not {_at(operand, level)}", level
        case "^", (left, right):
            return f"{_at(left, _ATOM)} ^ {_at(right, _LEVELS['neg'])}", level
        case _, (left, right):
            return f"{_at(left, level)} {function} {_at(right, level + 1)}", level
    raise ValueError(f"{function} with {len(operands)} operands")


def _at(expression: Expr, level: int) -> str:
    """Print an operand, in parentheses when it binds less tightly than its place needs."""
    text, own = _print(expression)
    return text if own >= level else f"({text})"
