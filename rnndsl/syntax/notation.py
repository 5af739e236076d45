"""Expressions and simple statements as one canonical line, with as few parentheses as the grammar needs."""

from collections import deque
from typing import Final

from rnndsl.syntax.chains import flatten_chain
from rnndsl.syntax.tree import (
    Binary,
    Call,
    CellCall,
    Conditional,
    Equation,
    Expression,
    Keyword,
    Name,
    Number,
    RandomEquation,
    Reference,
    ShapeNote,
    Target,
    Unary,
)

_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGNED, _POWER, _ATOM = range(10)
_LEVELS: Final[dict[str, int]] = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARISON),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "@", "%"), _PRODUCT),
    "^": _POWER,
}
_WORDS: Final = frozenset({"and", "or"})


def print_expression(expression: Expression) -> str:
    """Return `expression` as one line: `W @ h[t-1] + b`."""
    return _text(expression, tight=False)


def print_points(expression: Expression) -> str:
    """Return `expression` as it stands in brackets, braces and ranges: without spaces, `t-1`."""
    return _operand(expression, _CONDITIONAL, tight=True)


def print_name(name: Name) -> str:
    """Return `name` with its braces: `W_{f,i}`, `h_{l-1}`."""
    pieces = []
    for part in name.parts:
        match part:
            case str():
                pieces.append(part)
            case tuple():
                pieces.append("{" + ",".join(part) + "}")
            case _:
                pieces.append("{" + print_points(part) + "}")
    return "".join(pieces)


def print_target(target: Target) -> str:
    """Return `target` with its indices: `x[t, s]`."""
    if target.indices is None:
        return print_name(target.name)
    return f"{print_name(target.name)}[{', '.join(map(print_name, target.indices))}]"


def print_shape(shape: ShapeNote) -> str:
    """Return `shape` as it stands after the colon."""
    sizes = ", ".join(map(print_expression, shape.sizes))
    match shape.kind:
        case "sizes":
            return sizes
        case "scalar":
            return "scalar"
        case kind:
            return f"{kind}({sizes})"


def print_equation(equation: Equation | RandomEquation) -> str:
    """Return an equation as one line: `h[t] : n = tanh(x[t])`, `y[t] ~ categorical(o[t])`."""
    left, right = equation_sides(equation)
    return f"{left} {'=' if isinstance(equation, Equation) else '~'} {right}"


def equation_sides(equation: Equation | RandomEquation) -> tuple[str, str]:
    """Return what stands before and after the `=` or `~`."""
    left = print_target(equation.target)
    if isinstance(equation, Equation):
        shape = f" : {print_shape(equation.shape)}" if equation.shape else ""
        return left + shape, print_expression(equation.value)
    right = print_expression(equation.distribution)
    if equation.weight is not None:
        right += f" weight {print_expression(equation.weight)}"
    if equation.scale is not None:
        right += f" scale {print_expression(equation.scale)}"
    return left, right


def print_arguments(positional: tuple[Expression, ...], keywords: tuple[Keyword, ...]) -> str:
    """Return what stands in the parentheses of a call: `a, slope = 0.1`."""
    given = [_operand(argument, _CONDITIONAL) for argument in positional]
    given += [f"{keyword.name} = {_operand(keyword.value, _CONDITIONAL)}" for keyword in keywords]
    return ", ".join(given)


def _level(expression: Expression) -> int:
    match expression:
        case Binary(operator=operator):
            return _LEVELS[operator]
        case Unary(operator=operator):
            return _NOT if operator == "not" else _SIGNED
        case Conditional():
            return _CONDITIONAL
        case CellCall(backward=(_, _, *_)):
            # `backward over i, j` has commas of its own.
            return _CONDITIONAL - 1
        case CellCall(backward=(_,)):
            return _CONDITIONAL
        case _:
            return _ATOM


def _text(expression: Expression, *, tight: bool) -> str:
    match expression:
        case Number(text=text):
            return text
        case Reference(name=name, points=None):
            return print_name(name)
        case Reference(name=name, points=tuple() as points):
            return f"{print_name(name)}[{', '.join(map(print_points, points))}]"
        case Unary(operator="not", operand=operand):
            return f"not {_operand(operand, _NOT, tight=tight)}"
        case Unary(operator=operator, operand=operand):
            return operator + _operand(operand, _SIGNED, tight=tight)
        case Binary():
            return _chain(expression, tight=tight)
        case Conditional(value=value, condition=condition, otherwise=otherwise):
            parts = (_operand(value, _OR), _operand(condition, _OR), _operand(otherwise, _CONDITIONAL))
            return "{} if {} else {}".format(*parts)
        case Call():
            return _call(expression)
        case CellCall():
            return _application(expression)
    raise AssertionError(expression)


def _operand(expression: Expression, least: int, *, tight: bool = False) -> str:
    """Return `expression`, in parentheses when it binds less than `least`."""
    text = _text(expression, tight=tight)
    return text if _level(expression) >= least else f"({text})"


def _chain(binary: Binary, *, tight: bool) -> str:
    first, operations = flatten_chain(binary)
    pieces = deque([_text(first, tight=tight)])
    level, last = _level(first), ""
    for operation in operations:
        own = _LEVELS[operation.operator]
        # A power and a comparison do not associate to the left: `(a ^ b) ^ c`.
        if level < (own + 1 if own in {_POWER, _COMPARISON} else own) or (last == "@" and _of_products(operation)):
            pieces.appendleft("(")
            pieces.append(")")
        symbol = operation.operator if tight and operation.operator not in _WORDS else f" {operation.operator} "
        least = _SIGNED if own == _POWER else own + 1
        pieces += (symbol, _operand(operation.right, least, tight=tight))
        level, last = own, operation.operator
    return "".join(pieces)


def _of_products(operation: Binary) -> bool:
    """Tell `(W @ x) * (U @ h)`, where the first parentheses help the reader alone."""
    right = operation.right
    return operation.operator in {"*", "/"} and isinstance(right, Binary) and right.operator == "@"


def _call(call: Call) -> str:
    inside = print_arguments(call.arguments, call.keywords)
    if call.over:
        inside += f" over {', '.join(map(print_name, call.over))}"
    return f"{print_name(call.function)}({inside})"


def _application(cell: CellCall) -> str:
    text = print_name(cell.cell)
    if cell.applied:
        text += f"({print_arguments(cell.sizes, cell.size_keywords)})"
    text += f"({print_arguments(cell.arguments, ())})"
    if cell.backward:
        text += f" backward over {', '.join(map(print_name, cell.backward))}"
    return text
