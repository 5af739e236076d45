"""Syntax trees rewritten: the operands of an expression, expressions mapped, names as they are declared and read."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.syntax.chains import walk
from rnndsl.syntax.notation import print_name
from rnndsl.syntax.tree import (
    Binary,
    Call,
    CellCall,
    Conditional,
    Equation,
    Expression,
    ForBlock,
    IfBlock,
    InitStatement,
    LetStatement,
    LossStatement,
    Name,
    OutputStatement,
    RandomEquation,
    Reference,
    Statement,
    Unary,
)

Change = Callable[[Expression], Expression]


def plain(text: str) -> Name:
    """Return a name without braces."""
    return Name((text,), NOWHERE)


def operands(expression: Expression) -> tuple[Expression, ...]:
    """Return what a value is computed from at its own point: not what a reduction binds, nor a condition."""
    match expression:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Conditional(value=value, otherwise=otherwise):
            return (value, otherwise)
        case Call(arguments=arguments, over=()) | CellCall(arguments=arguments):
            return arguments
        case _:
            return ()


def with_operands(expression: Expression, new: tuple[Expression, ...]) -> Expression:
    """Return `expression` with other operands, as many as `operands` returns."""
    match expression:
        case Unary():
            return replace(expression, operand=new[0])
        case Binary():
            return replace(expression, left=new[0], right=new[1])
        case Conditional():
            return replace(expression, value=new[0], otherwise=new[1])
        case Call(over=()) | CellCall():
            return replace(expression, arguments=new)
        case _:
            return expression


def map_expression(expression: Expression, change: Change) -> Expression:
    """Return `expression` with `change` applied to everything in it, parts first."""

    def inner(part: Expression) -> Expression:
        return map_expression(part, change)

    match expression:
        case Call():
            arguments = tuple(map(inner, expression.arguments))
            keywords = tuple(replace(one, value=inner(one.value)) for one in expression.keywords)
            return change(replace(expression, arguments=arguments, keywords=keywords))
        case Conditional(condition=condition):
            parts = tuple(map(inner, operands(expression)))
            return change(replace(expression, value=parts[0], condition=inner(condition), otherwise=parts[1]))
        case _:
            return change(with_operands(expression, tuple(map(inner, operands(expression)))))


def map_statement(statement: Statement, change: Change) -> Statement:
    """Return `statement` with `change` applied to every expression that is computed in it."""
    match statement:
        case Equation(value=value) | InitStatement(value=value) | LossStatement(value=value):
            return replace(statement, value=map_expression(value, change))
        case OutputStatement(value=value) if value is not None:
            return replace(statement, value=map_expression(value, change))
        case RandomEquation(distribution=call, weight=weight, scale=scale):
            arguments = tuple(map_expression(one, change) for one in call.arguments)
            weight, scale = (one and map_expression(one, change) for one in (weight, scale))
            return replace(statement, distribution=replace(call, arguments=arguments), weight=weight, scale=scale)
        case ForBlock(body=body):
            return replace(statement, body=tuple(map_statement(one, change) for one in body))
        case IfBlock(body=body, otherwise=otherwise):
            body, otherwise = (tuple(map_statement(one, change) for one in part) for part in (body, otherwise))
            return replace(statement, body=body, otherwise=otherwise)
        case _:
            return statement


def expressions(statement: Statement) -> Iterator[Expression]:
    """Yield every expression that is computed in a statement, with everything in it."""
    match statement:
        case Equation(value=value) | InitStatement(value=value) | LossStatement(value=value):
            yield from walk(value)
        case OutputStatement(value=value) if value is not None:
            yield from walk(value)
        case RandomEquation(distribution=call, weight=weight, scale=scale):
            for one in (call, weight, scale):
                yield from walk(one) if one is not None else ()
        case ForBlock(body=body):
            for inside in body:
                yield from expressions(inside)
        case IfBlock(condition=condition, body=body, otherwise=otherwise):
            yield from walk(condition)
            for inside in (*body, *otherwise):
                yield from expressions(inside)
        case _:
            return


def applied_cells(statement: Statement) -> Iterator[Name]:
    """Yield the names of the cells that a statement applies; a function that is no cell may be among them."""
    match statement:
        case LetStatement(cell=cell):
            yield cell
        case ForBlock(body=body):
            yield from (name for inside in body for name in applied_cells(inside))
        case IfBlock(body=body, otherwise=otherwise):
            yield from (name for inside in (*body, *otherwise) for name in applied_cells(inside))
        case _:
            yield from (one.cell for one in expressions(statement) if isinstance(one, CellCall))


def declared(name: Name) -> tuple[str, ...]:
    """Return the names that a declaration stands for: of `W_{f,i}` W_f and W_i; other braces stay as written."""
    choices = [part if isinstance(part, tuple) else (print_name(Name((part,), NOWHERE)),) for part in name.parts]
    return tuple(map("".join, product(*choices)))


def reads(reference: Reference, name: str) -> bool:
    """Tell whether a reference may mean `name`, or a quantity inside it (`h.c`); a brace may mean anything."""
    if "{" in name:
        return True
    pieces = [re.escape(part) if isinstance(part, str) else r"\w+" for part in reference.name.parts]
    return re.fullmatch(rf"{''.join(pieces)}", name) is not None or print_name(reference.name).startswith(f"{name}.")
