"""Building the tree of expressions, one method per rule of the grammar.

The methods run inside the LALR parser, each on what its parts have become; they keep no state. Mistakes that the
grammar lets through raise `SpecError` here, in the place where they stand.
"""

from dataclasses import dataclass, replace
from typing import Any, NoReturn

from lark import Transformer

from rnndsl.diagnostics.diagnostic import Diagnostic, Label, SpecError
from rnndsl.diagnostics.habits import FUNCTIONS, known_habit
from rnndsl.diagnostics.span import Span
from rnndsl.syntax.chains import walk
from rnndsl.syntax.tokens import Token
from rnndsl.syntax.tree import (
    Binary,
    Call,
    CellCall,
    Conditional,
    Expression,
    Keyword,
    Name,
    Number,
    Reference,
    Unary,
)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What stands in the parentheses of a call."""

    positional: tuple[Expression, ...] = ()
    keywords: tuple[Keyword, ...] = ()


@dataclass(frozen=True, slots=True)
class Over:
    """The indices after `over`."""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """What stands in square brackets."""

    points: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Brace:
    """What stands in one brace of a name."""

    part: Expression | tuple[str, ...]


Children = list[Any]
"""What the parts of a rule have become; each method knows from its rule what they are."""


def mistake(code: str, message: str, span: Span, way: str = "", labels: tuple[Label, ...] = ()) -> SpecError:
    """Return the one finding about the statement at hand, to be raised."""
    return SpecError([Diagnostic(code, message, span, labels=labels, help=way)])


def plain_word(expression: Expression) -> str | None:
    """Return the word if `expression` is a bare name without braces, dots and points."""
    match expression:
        case Reference(name=Name(parts=(str(word),)), points=None) if "." not in word:
            return word
        case _:
            return None


def one_meaning(name: Name) -> Name:
    """Return `name`, which must not hold a comma list: lists are for declarations."""
    if any(isinstance(part, tuple) for part in name.parts):
        raise mistake(
            "RNN130",
            "a list of words in braces stands for several names",
            name.span,
            "lists are for declarations and `for`; elsewhere write one name, or a `for` with `{k}`",
        )
    return name


_UNNAMED_INPUTS = "the inputs of a cell have no names at the place of use"


class ExpressionBuilder(Transformer[object, object]):
    """One method per rule for names and expressions."""

    def name(self, children: Children) -> Name:
        """Put the pieces of a name together."""
        first, last = children[0], children[-1]
        parts: list[str | Expression | tuple[str, ...]] = []
        for child in children:
            match child:
                case Token(text=text) if text.strip("{}"):
                    parts.append(text.strip("{}"))
                case Brace(part=part):
                    parts.append(part)
        return Name(tuple(parts), first.span if first is last else first.span.to(last.span))

    def brace(self, children: Children) -> Brace:
        """Take one expression, or a list of plain words."""
        found = [child for child in children if not isinstance(child, Token)]
        if len(found) == 1:
            return Brace(found[0])
        words = []
        for expression in found:
            word = plain_word(expression)
            if word is None:
                raise mistake(
                    "RNN130",
                    "a list in braces holds plain words",
                    expression.span,
                    "for example `W_{f,i,o}`; numbers are a range, `1..n`",
                )
            words.append(word)
        return Brace(tuple(words))

    def number(self, children: Children) -> Number:
        """Take a literal."""
        token = children[0]
        return Number(float(token.text), token.text, token.span)

    def points(self, children: Children) -> Points:
        """Take what stands in square brackets."""
        return Points(tuple(child for child in children if not isinstance(child, Token)))

    def reference(self, children: Children) -> Reference:
        """Take a read, with or without points."""
        name = one_meaning(children[0])
        if len(children) == 1:
            return Reference(name, None, name.span)
        points = children[2].points
        for point in points:
            _fixed_offset(point)
        return Reference(name, points, name.span.to(children[3].span))

    def unary(self, children: Children) -> Unary:
        """Take `-a` or `not a`."""
        operator, operand = children
        return Unary(operator.text, operand, operator.span.to(operand.span))

    def binary(self, children: Children) -> Binary:
        """Take two operands with the operator between them."""
        left, operator, right = children
        return Binary(operator.text, left, right, operator.span, left.span.to(right.span))

    def conditional(self, children: Children) -> Conditional:
        """Take `value if condition else otherwise`."""
        value, condition, otherwise = (child for child in children if not isinstance(child, Token))
        return Conditional(value, condition, otherwise, value.span.to(otherwise.span))

    def parenthesised(self, children: Children) -> Expression:
        """Keep the grouping as nesting, and the parentheses in the span."""
        start, end = children[0], children[2]
        inner: Expression = children[1]
        return replace(inner, span=start.span.to(end.span))

    def keyword(self, children: Children) -> Keyword:
        """Take a named argument."""
        name, _, value = children
        if "." in name.text:
            raise mistake("RNN129", f"an argument cannot be named `{name.text}`", name.span, "remove the dot")
        return Keyword(name.text, value, name.span.to(value.span))

    def call_arguments(self, children: Children) -> Arguments:
        """Take positional arguments, then named ones, each name once."""
        positional: list[Expression] = []
        keywords: dict[str, Keyword] = {}
        for child in children:
            match child:
                case Token():
                    pass
                case Keyword(name=name) if name in keywords:
                    before = Label(keywords[name].span, "first given here")
                    raise mistake("RNN128", f"the argument `{name}` is given twice", child.span, "keep one", (before,))
                case Keyword(name=name):
                    keywords[name] = child
                case _ if keywords:
                    way = "arguments without a name come first"
                    raise mistake("RNN128", "an argument without a name after a named one", child.span, way)
                case _:
                    positional.append(child)
        return Arguments(tuple(positional), tuple(keywords.values()))

    def over(self, children: Children) -> Over:
        """Take the indices that a call binds."""
        return Over(tuple(one_meaning(child) for child in children if isinstance(child, Name)))

    def prefix_index(self, children: Children) -> NoReturn:
        """Refuse `over s < t`: reserved."""
        name, _, bound = children
        span = name.span.to(bound.span)
        message = "growing prefixes (`over s < t`) are not supported yet"
        raise mistake("RNN190", message, span, "reduce over the whole index")

    def call(self, children: Children) -> Call:
        """Take a function, a distribution, a cell with its sizes, or a cell that a `let` made."""
        name, end = children[0], children[-1]
        arguments, over = Arguments(), Over(())
        for child in children:
            match child:
                case Arguments():
                    arguments = child
                case Over():
                    over = child
        if any(isinstance(part, str) and "." in part for part in name.parts):
            raise mistake("RNN129", "nothing can be called through a dot", name.span, _undotted(name))
        span = name.span.to(end.span)
        return Call(one_meaning(name), arguments.positional, arguments.keywords, over.names, span)

    def application(self, children: Children) -> CellCall:
        """Take `LSTM(256)(x[t])`."""
        cell, end = children[0], children[-1]
        _no_over(cell)
        given = next((child for child in children if isinstance(child, Arguments)), Arguments())
        if given.keywords:
            way = "give them in the order of the cell's `input`s"
            raise mistake("RNN128", _UNNAMED_INPUTS, given.keywords[0].span, way)
        return CellCall(
            cell=cell.function,
            sizes=cell.arguments,
            size_keywords=cell.keywords,
            applied=True,
            arguments=given.positional,
            backward=(),
            span=cell.span.to(end.span),
        )

    def backward_application(self, children: Children) -> CellCall:
        """Take a cell that is applied `backward over` indices."""
        cell = children[0]
        indices = tuple(one_meaning(child) for child in children if isinstance(child, Name))
        span = cell.span.to(indices[-1].span)
        if isinstance(cell, CellCall):
            return replace(cell, backward=indices, span=span)
        _no_over(cell)
        if cell.keywords:
            way = "apply the cell to its inputs: `LSTM(n = 3)(x[t]) backward over t`"
            raise mistake("RNN128", _UNNAMED_INPUTS, cell.keywords[0].span, way)
        return CellCall(
            cell=cell.function,
            sizes=(),
            size_keywords=(),
            applied=False,
            arguments=cell.arguments,
            backward=indices,
            span=span,
        )


def _undotted(name: Name) -> str:
    last = next(part for part in reversed(name.parts) if isinstance(part, str)).rpartition(".")[2]
    return known_habit(FUNCTIONS, last) or f"functions have no module: `{last}(a)`; a dot only reads: `h.c[t]`"


def _no_over(cell: Call) -> None:
    if cell.over:
        way = "reduce over the cell's value instead"
        raise mistake("RNN128", "`over` has no meaning for a cell", cell.over[0].span, way)


def _fixed_offset(point: Expression) -> None:
    if isinstance(point, Number) or (isinstance(point, Reference) and point.points is None):
        return
    for part in walk(point):
        if isinstance(part, Reference) and part.points is not None:
            message = "offsets that depend on data (`h[t - d[t]]`) are not supported yet"
            way = "read a fixed number of steps away, or look it up: `sum(h[s] if s == d[t] else 0 over s)`"
            raise mistake("RNN190", message, part.span, way)
