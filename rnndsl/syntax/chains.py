"""Walking expressions without recursion along long chains of operators.

`a + b + c + ...` is a left-nested tree as deep as it is long. Everything that walks expressions takes such a chain
apart with `flatten_chain`; what is left is nested at most `MAX_NESTING` deep, which the parser has checked.
"""

from collections.abc import Iterator

from rnndsl.syntax.tree import Binary, Call, CellCall, Conditional, Expression, Name, Number, Reference, Unary


def flatten_chain(binary: Binary) -> tuple[Expression, tuple[Binary, ...]]:
    """Return the first operand of a left-nested chain, and its operations from left to right.

    The value is a fold: start with the first operand; for each operation, apply `operation.operator` to what there is
    and to `operation.right`. The chain may mix operators: `a * b + c` is `a`, `(* b)`, `(+ c)`. The last operation is
    `binary` itself.
    """
    operations = [binary]
    while isinstance(operations[-1].left, Binary):
        operations.append(operations[-1].left)
    return operations[-1].left, tuple(reversed(operations))


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct parts of `expression` in reading order, a chain of operators taken as one level.

    Expressions in the braces of names are not among them: see `brace_expressions`.
    """
    match expression:
        case Number():
            return ()
        case Reference(points=points):
            return points or ()
        case Unary(operand=operand):
            return (operand,)
        case Binary():
            first, operations = flatten_chain(expression)
            return (first, *(operation.right for operation in operations))
        case Conditional(value=value, condition=condition, otherwise=otherwise):
            return (value, condition, otherwise)
        case Call(arguments=arguments, keywords=keywords):
            return (*arguments, *(keyword.value for keyword in keywords))
        case CellCall(sizes=sizes, size_keywords=size_keywords, arguments=arguments):
            return (*sizes, *(keyword.value for keyword in size_keywords), *arguments)


def names(expression: Expression) -> tuple[Name, ...]:
    """Return the names that stand in `expression` itself, not in its parts."""
    match expression:
        case Reference(name=name):
            return (name,)
        case Call(function=function, over=over):
            return (function, *over)
        case CellCall(cell=cell, backward=backward):
            return (cell, *backward)
        case _:
            return ()


def brace_expressions(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions in the braces of the names that stand in `expression` itself."""
    return tuple(part for name in names(expression) for part in name.parts if not isinstance(part, str | tuple))


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield `expression` and everything inside it, braces of names included, each before its parts."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed((*brace_expressions(current), *children(current))))


def nesting(expression: Expression, limit: int) -> Expression | None:
    """Return an expression inside `expression` that stands more than `limit` levels deep, or None."""
    level = [expression]
    for _ in range(limit):
        level = [part for one in level for part in (*brace_expressions(one), *children(one))]
        if not level:
            return None
    return level[0]
