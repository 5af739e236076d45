"""Make a failing spec smaller: whatever can be left out while it fails in the same way is left out."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from rnndsl.syntax.tree import (
    Binary,
    Call,
    Conditional,
    DataDeclaration,
    Equation,
    IndexDeclaration,
    InitStatement,
    Name,
    Number,
    ParamDeclaration,
    RandomEquation,
    Reference,
    Statement,
    Unary,
)


def shrunk(text: str, fails: Callable[[str], bool]) -> str:
    """Return a small spec that still fails."""
    done = False
    while not done:
        done = True
        for smaller in candidates(text):
            if fails(smaller):
                text, done = smaller, False
                break
    return text


def candidates(text: str) -> Iterator[str]:
    """Yield smaller texts: with fewer statements first, then with smaller expressions."""
    tree = parse(text, "<text>")
    (block,) = tree.blocks
    body = block.body
    seen = {"\n".join(filter(None, text.split("\n")))}
    for changed in (*_fewer(body), *_smaller(body)):
        try:
            printed = format_tree(replace(tree, blocks=(replace(block, body=_needed(changed)),)))
            parse(printed, "<text>")
            printed = "\n".join(filter(None, printed.split("\n"))) + "\n"
        except SpecError:
            continue
        if printed not in seen:
            seen.add(printed)
            yield printed


def _fewer(body: tuple[Statement, ...]) -> Iterator[tuple[Statement, ...]]:
    """Leave out a statement, or turn an equation into data."""
    for k, statement in enumerate(body):
        if not isinstance(statement, IndexDeclaration | DataDeclaration | ParamDeclaration):
            yield body[:k] + body[k + 1 :]
        if isinstance(statement, Equation):
            given = DataDeclaration("input", (statement.target,), statement.shape, statement.span)
            yield (*body[:k], given, *body[k + 1 :])


def _smaller(body: tuple[Statement, ...]) -> Iterator[tuple[Statement, ...]]:
    """Put a part of an expression in its place."""
    for k, statement in enumerate(body):
        if isinstance(statement, Equation | InitStatement | RandomEquation) or hasattr(statement, "value"):
            for other in _variants(statement):
                yield (*body[:k], other, *body[k + 1 :])


def _variants(node: Any) -> Iterator[Any]:
    """Yield a node with one expression in it replaced, large ones first."""
    for part in fields(node):
        value = getattr(node, part.name)
        if is_dataclass(value) and not isinstance(value, Name):
            for other in (*_parts(value), *_variants(value)):
                yield replace(node, **{part.name: other})
        elif isinstance(value, tuple) and part.name in {"arguments", "points"}:
            for k, one in enumerate(value):
                for other in (*_parts(one), *_variants(one)):
                    yield replace(node, **{part.name: (*value[:k], other, *value[k + 1 :])})
        elif part.name in {"weight", "scale"} and value is not None:
            yield replace(node, **{part.name: None})


def _parts(expression: Any) -> list[Any]:
    match expression:
        case Binary(left=left, right=right):
            return [left, right]
        case Unary(operand=operand):
            return [operand]
        case Conditional(value=value, otherwise=otherwise):
            return [value, otherwise]
        case Call(arguments=arguments, over=over):
            shorter = [replace(expression, over=over[:k] + over[k + 1 :]) for k in range(len(over)) if len(over) > 1]
            return [*arguments, *shorter]
        case Reference() if expression.points is not None or len(str(expression.name.parts[0])) > 1:
            return [Number(1.0, "1", expression.span)]
        case _:
            return []


def _needed(body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Leave out declarations and inits of what nobody names."""
    while True:
        kept = []
        for k, statement in enumerate(body):
            used = set().union(*(_names(other) for m, other in enumerate(body) if m != k), set())
            declared = _declared(statement)
            if declared is None or declared & used:
                kept.append(statement)
        if len(kept) == len(body):
            return body
        body = tuple(kept)


def _declared(statement: Statement) -> set[str] | None:
    match statement:
        case IndexDeclaration(names=names):
            return {str(name.parts[0]) for name in names}
        case DataDeclaration(targets=targets) | ParamDeclaration(targets=targets):
            return {str(target.name.parts[0]) for target in targets}
        case Equation(target=target):
            return {str(target.name.parts[0])}
        case _:
            return None


def _names(node: Any) -> set[str]:
    match node:
        case InitStatement(target=target, value=value):
            return _names(value) | set().union(*(_names(index) for index in target.indices or ()), set())
        case Name(parts=parts):
            return {str(parts[0])}
        case tuple():
            return set().union(*map(_names, node), set())
        case _ if is_dataclass(node):
            return set().union(
                *(_names(getattr(node, part.name)) for part in fields(node) if part.name != "span"), set()
            )
        case _:
            return set()
