"""Comparing trees by what they say, not by where it stands."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import Equation, Expression, Statement, SyntaxTree


def without_spans(node: Any) -> Any:
    """Return `node` with every span set to NOWHERE, and without comments."""
    if isinstance(node, Span):
        return NOWHERE
    if isinstance(node, tuple):
        return tuple(without_spans(part) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{field.name: without_spans(getattr(node, field.name)) for field in fields(node)})
    return node


def meaning(tree: SyntaxTree) -> Any:
    """Return what two texts that say the same have in common."""
    return without_spans(replace(tree, comments=(), file=""))


def statement(text: str) -> Statement:
    """Parse one statement."""
    body = "".join(f"    {line}\n" for line in text.splitlines())
    return parse(f"model Net(n):\n{body}", "test.rnn").blocks[0].body[0]


def expression(text: str) -> Expression:
    """Parse one expression."""
    equation = statement(f"q = {text}")
    assert isinstance(equation, Equation)
    return equation.value
