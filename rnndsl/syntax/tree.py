"""The syntax tree: what stands in a `.rnn` file, nothing resolved and nothing expanded.

Every node is frozen and carries its `Span`. Names are kept as written, braces included (`Name.parts`); comments are
kept beside the tree (`SyntaxTree.comments`) for the printer.
"""

from dataclasses import dataclass

from rnndsl.diagnostics.diagnostic import Diagnostic
from rnndsl.diagnostics.span import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name that may hold braces and dots: `h_{l-1}`, `W_{f,i,o}`, `{k}`, `h.c`.

    `parts` alternates as written: a `str` is literal text (dots included), an expression is a brace with one
    expression in it, a tuple of words is a brace with a comma list. A brace that holds one bare word is an expression
    (a `Reference`).
    """

    parts: "tuple[str | Expression | tuple[str, ...], ...]"
    span: Span


# Expressions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; `text` is as written, so that the printer keeps `1e-5` and a constant knows its decimal point."""

    value: float
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A name with or without points: `b`, `h[t-1]`, `s[t, 2]`, `h[child(n, 2)]`; `points` is None without brackets."""

    name: Name
    points: "tuple[Expression, ...] | None"
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`-a` or `not a`."""

    operator: str
    operand: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`a op b` with op one of `+ - * / % @ ^ < <= > >= == != and or`; `operator_span` is the operator itself."""

    operator: str
    left: "Expression"
    right: "Expression"
    operator_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`value if condition else otherwise`."""

    value: "Expression"
    condition: "Expression"
    otherwise: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Keyword:
    """A named argument: `tie = t`, `slope = 0.1`."""

    name: str
    value: "Expression"
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`f(a, b, key = c over i, j)`: a function, a distribution, or a cell that a `let` made."""

    function: Name
    arguments: "tuple[Expression, ...]"
    keywords: tuple[Keyword, ...]
    over: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class CellCall:
    """`LSTM(256)(x[t]) backward over t`: `sizes` go to the cell's dimensions, `arguments` to its inputs.

    `enc(x[t]) backward over s` (a `let`) has empty `sizes` and `applied` False; it parses as this only when
    `backward over` follows, otherwise as a `Call`.
    """

    cell: Name
    sizes: "tuple[Expression, ...]"
    size_keywords: tuple[Keyword, ...]
    applied: bool
    arguments: "tuple[Expression, ...]"
    backward: tuple[Name, ...]
    span: Span


Expression = Number | Reference | Unary | Binary | Conditional | Call | CellCall


# Declarations and statements ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShapeNote:
    """What stands after a colon: `n`, `n, m`, `scalar`, `token(n)`, `point(s)`.

    `kind` is `"sizes"`, `"scalar"`, `"token"` or `"point"`; `sizes` the expressions (for `point` one Reference).
    """

    kind: str
    sizes: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Target:
    """A declared or assigned thing: `x[t]`, `W_{f,i}`, `s[j]`; `indices` is None without brackets."""

    name: Name
    indices: tuple[Name, ...] | None
    span: Span


@dataclass(frozen=True, slots=True)
class IndexDeclaration:
    """`index i, p : 1..n`; `kind` is `sequence`, `tree`, `dag`, `range`, `cyclic` or `children`.

    `bounds` holds (low, high) for `range`, (size,) for `cyclic`, the parent index as a Reference for `children`.
    """

    names: tuple[Name, ...]
    kind: str
    bounds: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class DataDeclaration:
    """`input x[t] : token(n)` or `target y[t] : n`; `role` is `"input"` or `"target"`."""

    role: str
    targets: tuple[Target, ...]
    shape: ShapeNote | None
    span: Span


@dataclass(frozen=True, slots=True)
class ParamDeclaration:
    """`param W_{f,i}, U : n, m ~ normal(0.1) frozen`; `initialiser` is a Call (or a Call without arguments)."""

    targets: tuple[Target, ...]
    shape: ShapeNote | None
    initialiser: Call | None
    frozen: bool
    span: Span


@dataclass(frozen=True, slots=True)
class InitStatement:
    """`init h[t] = expr`, `init h = h0`, `init h.c[t] = expr`."""

    target: Target
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class LossStatement:
    """`loss expr`."""

    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class OutputStatement:
    """`output a[t], b` (`value` None) or `output z[t] = expr` (one target)."""

    targets: tuple[Target, ...]
    value: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class LetStatement:
    """`let enc = LSTM(256)`."""

    name: Name
    cell: Name
    sizes: tuple[Expression, ...]
    size_keywords: tuple[Keyword, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Equation:
    """`h[t] : n = expr`."""

    target: Target
    shape: ShapeNote | None
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class RandomEquation:
    """`y[t] ~ categorical(o[t]) weight w[t] scale 0.5`."""

    target: Target
    distribution: Call
    weight: Expression | None
    scale: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class ForBlock:
    """`for l in 2..layers:` (`bounds`) or `for k in {read, write}:` (`words`)."""

    variable: str
    bounds: tuple[Expression, Expression] | None
    words: tuple[str, ...]
    body: "tuple[Statement, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class IfBlock:
    """`if cond:` with an optional `else:` (an `elif` is an IfBlock alone in `otherwise`).

    `else_span` is the word `else`, or NOWHERE when there is none.
    """

    condition: Expression
    body: "tuple[Statement, ...]"
    otherwise: "tuple[Statement, ...]"
    span: Span
    else_span: Span = NOWHERE


Statement = (
    IndexDeclaration
    | DataDeclaration
    | ParamDeclaration
    | InitStatement
    | LossStatement
    | OutputStatement
    | LetStatement
    | Equation
    | RandomEquation
    | ForBlock
    | IfBlock
)


@dataclass(frozen=True, slots=True)
class Argument:
    """A dimension or constant of a model or cell: `hidden = 256`, `rate = 0.5`, `vocab`."""

    name: str
    default: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """`model Name(...):` or `cell Name(...):`; `kind` is the keyword; `header` spans the first line."""

    kind: str
    name: str
    arguments: tuple[Argument, ...]
    body: tuple[Statement, ...]
    header: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    """`from "file.rnn" import LSTM, GRU` (`path`) or `from cells import LSTM` (`library`)."""

    path: str | None
    library: str | None
    names: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """`# text`, with the `#`; `alone` when nothing else stands on its line."""

    text: str
    alone: bool
    span: Span


@dataclass(frozen=True, slots=True)
class SyntaxTree:
    """One file: imports and blocks in order, and all comments in order.

    `warnings` is what the parser found odd but legal.
    """

    imports: tuple[Import, ...]
    blocks: tuple[Block, ...]
    comments: tuple[Comment, ...]
    file: str
    warnings: tuple[Diagnostic, ...] = ()
