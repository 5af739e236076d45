"""The Model: a spec with names resolved and cells, loops, conditions and imports expanded; a flat system of equations.

Quantities of cells bear qualified names (`h.c`, `h.W_f`). Expressions are small frozen trees compared by identity, so
that a table of shapes can be keyed by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnndsl.diagnostics.span import Span
from rnndsl.indices import Access, Index
from rnndsl.sizes import Shape, Size

# Expressions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A number: a literal, a real constant of the model, or `infinity`."""

    value: float
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """A size used as a number."""

    size: Size
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Position:
    """The number of the current point of an index."""

    index: Index
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Length:
    """The number of points of a ragged index: of an example, or of the children of the current node."""

    index: Index
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """The condition that the current node of a tree or dag (`index`) has no children."""

    index: Index
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """The value of an input, target, parameter or equation at a point: one access per index of its declaration.

    The child `h[k]` and its like are `Child`, `h[parent(n)]` is `Parent`. What varies over children is read at its own
    point. Data that are points of an index set are read as numbers: of the first point, its first number.
    """

    name: str
    at: tuple[Access, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """An operator or function of components: `function` is `+ - * / % @ ^ < <= == != and or not neg if` or a name.

    `a > b` is stored as `b < a`. `if` has the operands condition, value, otherwise. `sizes` are the whole-number
    arguments of `part(a, k, n)`, `slice(a, i, j)` and `component(a, k)`; `tie` those indices along which `dropout`
    holds its mask. Defaults (`slope`, `alpha`, dropout's `rate`) are filled in as operands.
    """

    function: str
    operands: "tuple[Expr, ...]"
    span: Span
    sizes: Shape = ()
    tie: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """`function(body over indices)`: a reduction or normalisation that binds `indices` inside `body`.

    `first`, `last` (in the order of the data) and `root` give the body's value at one point of each index.
    """

    function: str
    body: "Expr"
    indices: tuple[Index, ...]
    span: Span


Expr = Number | Dimension | Position | Length | Leaf | Read | Apply | Over


# Declarations -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShapeNote:
    """A declared shape: sizes; or a token, with its vocabulary's size; or a point, with its index."""

    sizes: Shape
    token: Size | None
    span: Span
    point: Index | None = None


@dataclass(frozen=True, slots=True)
class Dim:
    """A dimension of the model: `value` is given or default, None while open; `fixed` when the structure needs it."""

    name: str
    value: int | None
    fixed: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Data:
    """An input or target (`role`)."""

    name: str
    domain: tuple[Index, ...]
    shape: ShapeNote | None
    role: str
    span: Span


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; `initialiser` is the name and its numbers, None for the default of its rank.

    `matrix` is what the typographic rule says of its own name (not the cell's prefix): True for a capital letter.
    """

    name: str
    domain: tuple[Index, ...]
    shape: ShapeNote | None
    initialiser: tuple[str, tuple[float, ...]] | None
    frozen: bool
    matrix: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Equation:
    """`name[domain] : shape = value`; `text` is the equation printed from the tree, for comments and diagrams."""

    name: str
    domain: tuple[Index, ...]
    shape: ShapeNote | None
    value: Expr
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Init:
    """`init name[indices] = value`: in `value` the indices stand for the point that was read."""

    name: str
    indices: tuple[Index, ...]
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Distribution:
    """`name(arguments)`; of `mixture(logits[m], normal(...) over m)` the second argument is a Distribution.

    `categorical(logits over s)`, with `over` of one index, chooses a point of it: the target is declared `point(s)`.
    """

    name: str
    arguments: "tuple[Expr | Distribution, ...]"
    over: tuple[Index, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Random:
    """`target[domain] ~ distribution weight w scale a`."""

    target: str
    domain: tuple[Index, ...]
    distribution: Distribution
    weight: Expr | None
    scale: Expr | None
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Output:
    """A value that `run` returns, on its declared domain (indices in the order of its declaration)."""

    name: str
    domain: tuple[Index, ...]
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Model:
    """The whole expanded model, everything in the order of the spec.

    `cell` says that it is a cell alone: its inputs are the model's, and a size of them that no equation settles is a
    dimension of its own. `cells` names the cell of every use of one, by the prefix of the names inside: of `h.c` it is
    that of `h`.
    """

    name: str
    dims: Mapping[str, Dim]
    indices: tuple[Index, ...]
    data: Mapping[str, Data]
    params: Mapping[str, Param]
    equations: Mapping[str, Equation]
    inits: Mapping[str, Init]
    randoms: tuple[Random, ...]
    losses: tuple[Expr, ...]
    outputs: tuple[Output, ...]
    span: Span
    cell: bool = False
    cells: Mapping[str, str] = field(default_factory=dict)


# Types ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Type:
    """A value's shape; a token has the shape `(n,)` of the one-hot vector it stands for, and `token` True.

    `point` is the index of data that are points of it, and of reads of such data: a scalar, which as a number is that
    of the point. What is computed from one is a number like any other.
    """

    shape: Shape
    token: bool = False
    point: Index | None = None


@dataclass(frozen=True, slots=True)
class TypedModel:
    """A model with the type of every quantity (by name) and of every expression (by identity).

    `reasons` says for every quantity in one sentence why it has its shape (`rnndsl explain --shapes`).
    """

    model: Model
    quantities: Mapping[str, Type]
    expressions: Mapping[Expr, Type]
    reasons: Mapping[str, str]
