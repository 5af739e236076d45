"""What shape inference has to tell: conflicts of ranks and sizes, open sizes, and the reason of each shape."""

from collections.abc import Container, Iterable, Mapping
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, Label
from rnndsl.diagnostics.span import Span
from rnndsl.semantics.model import Data, Model, Param
from rnndsl.semantics.shapes_collect import Collection
from rnndsl.semantics.shapes_constraints import RANK_WORDS, Constraint, Kind, Variable
from rnndsl.semantics.shapes_sizes import Clash, Sizes, Source
from rnndsl.sizes import Shape

#: What an operator wants, for the way out.
WANTS: Final[Mapping[Kind, str]] = {
    Kind.ELEMENTWISE: "operands of one shape, or scalars",
    Kind.EQUAL: "the same shape on both sides",
    Kind.FITS: "the shape that was declared, or a scalar",
    Kind.PRODUCT: "a matrix and a vector, two matrices, or two vectors",
    Kind.ALIKE: "two vectors",
    Kind.OUTER: "two vectors",
    Kind.TRANSPOSE: "a matrix",
    Kind.CONCAT: "vectors",
    Kind.PART: "a vector or a matrix",
    Kind.SLICE: "a vector or a matrix",
    Kind.STACK: "scalars or vectors",
}


#: Operators whose result has a size of its own, and those that take the components of a vector where no `over` stands.
_MAKES: Final = frozenset({Kind.CONCAT, Kind.PART, Kind.SLICE, Kind.STACK})
_OF_COMPONENTS: Final = frozenset({"sum", "mean", "max", "min", "prod", "logsumexp", "softmax", "normalize"})


def words(mask: int) -> str:
    """Say in words which ranks are possible."""
    return " or ".join(word for rank, word in RANK_WORDS.items() if mask & rank)


def show_shape(shape: Shape, *, token: bool = False) -> str:
    """Print a shape as a declaration says it."""
    if token:
        return f"token({shape[0]})"
    return ", ".join(map(str, shape)) if shape else "scalar"


def rank_conflict(constraint: Constraint) -> Diagnostic:
    """Tell that the ranks of an operator's operands cannot be."""
    given = [variable for variable in dict.fromkeys(constraint.operands) if variable.text]
    want = words(constraint.allowed) if constraint.kind is Kind.NEEDS else WANTS[constraint.kind]
    goal = constraint.kind in {Kind.EQUAL, Kind.FITS}
    shown = given + [constraint.result] * goal
    message = f"`{constraint.symbol}` takes {want}; here {'it is' if len(shown) == 1 else 'are'} "
    message += " and ".join(words(variable.mask) for variable in shown)
    labels = tuple(dict.fromkeys(_because(variable) for variable in shown))
    way = _rank_habit(constraint, shown) or _rank_help(shown)
    return Diagnostic("RNN301", message, constraint.span, labels=labels, help=way)


def _rank_habit(constraint: Constraint, shown: Iterable[Variable]) -> str:
    """Return the way out where an operator and the ranks beside it tell what was meant."""
    ranks = sorted(variable.rank for variable in shown)
    match constraint.symbol, ranks:
        case "*", [1, 2]:
            return "`*` multiplies components; the product of a matrix and a vector is `@`"
        case "@", [0, *_]:
            return "`@` is the product of matrices and vectors; with a scalar write `*`"
        case (("<" | "<=" | "==" | "!="), [1]):
            return "compare scalars: `component(a, k)`, `norm(a)`, or `maximum(a, b)` for each component"
        case "loss", [1 | 2]:
            return "add its components up: `loss sum(...)`"
        case (("weight" | "scale"), [1 | 2]):
            return "declare it `scalar`: one number for every point"
        case symbol, [0] if symbol in _OF_COMPONENTS:
            return f"over an index write `{symbol}(a[t] over t)`; without `over` it takes the components of a vector"
        case _:
            return ""


def _because(variable: Variable) -> Label:
    """Follow a rank back to the rule or declaration that decided it."""
    source, seen = variable, set()
    while source.cause is not None and not source.origin and source not in seen:
        seen.add(source)
        others = [other for other in source.cause.variables if other is not source and not other.open and other.text]
        source = next((other for other in others if other.mask == source.mask), (others or [source])[0])
    origin = f"{source.text} {source.origin}" if source.origin else f"{source.text} is {words(source.mask)}"
    if source is variable:
        return Label(variable.span, origin if variable.origin else f"this is {words(variable.mask)}")
    return Label(source.span, f"{variable.text} is {words(variable.mask)}, since {origin}")


def _rank_help(variables: Iterable[Variable]) -> str:
    guessed = [variable for variable in variables if variable.name and variable.origin.startswith("is a ")]
    if guessed:
        return f"declare the shape of {guessed[0].text} if its name misleads: a declared shape always wins"
    return "check the shapes that are declared, and transpose or sum where another rank is meant"


def size_clash(clash: Clash, sizes: Sizes, inputs: Container[str]) -> Diagnostic:
    """Tell that two sizes are made equal which are not; `inputs` are those of cells."""
    left, right = clash.left, clash.right
    place = clash.constraint.span if clash.constraint else right.span
    where = f"`{clash.constraint.symbol}` needs equal sizes" if clash.constraint else "one size is said twice"
    if clash.constraint and clash.constraint.symbol == "=" and clash.constraint.result.name in inputs:
        where = f"the input `{clash.constraint.result.name}` of a cell and what it is given need equal sizes"
    labels = tuple(Label(source.span, f"`{source.size}`: {source.text}") for source in (left, right))
    message = f"{where}, but one is `{left.size}` and the other `{right.size}`"
    if clash.constraint and clash.constraint.kind in _MAKES:
        message = f"`{clash.constraint.symbol}` makes `{right.size}` components, but `{left.size}` are needed here"
    way = _transposed(clash, sizes) or "declare both with the same dimension, or put a matrix between them"
    return Diagnostic("RNN302", message, place, labels=labels, help=way)


def _transposed(clash: Clash, sizes: Sizes) -> str:
    """Return the way out where a matrix would fit the other way round."""
    constraint = clash.constraint
    if constraint is None or constraint.kind is not Kind.PRODUCT:
        return ""
    left, right = constraint.operands
    matrix, vector = (left, right) if left.rank == 2 else (right, left)
    if (matrix.rank, vector.rank) != (2, 1) or not matrix.name:
        return ""
    outer = matrix.axes[0] if matrix is left else matrix.axes[1]
    if sizes.size(outer) != sizes.size(vector.axes[0]):
        return ""
    name, rows, columns = matrix.name, *(sizes.size(axis) for axis in matrix.axes)
    turned = f"{vector.name or 'a'} @ {name}" if matrix is left else f"{name} @ {vector.name or 'a'}"
    return f"`{name}` fits the other way round: declare it `{columns}, {rows}`, or write `{turned}`"


def open_sizes(model: Model, found: Collection, sizes: Sizes) -> list[Diagnostic]:
    """Tell every size that no equation settles, once for all quantities that share it."""
    groups: dict[int, list[tuple[Variable, int]]] = {}
    for variable in found.quantities.values():
        for place, axis in enumerate(variable.axes):
            if sizes.size(axis) is None:
                groups.setdefault(sizes.root(axis), []).append((variable, place))
    return [_open_size(model, members) for members in groups.values()]


def _open_size(model: Model, members: list[tuple[Variable, int]]) -> Diagnostic:
    order = {name: k for k, name in enumerate((*model.data, *model.equations))}
    named = sorted(members, key=lambda member: order.get(member[0].name, len(order)))
    subject, place = named[0]
    others = list(dict.fromkeys(variable for variable, _ in named if variable is not subject))
    axis = "size" if subject.rank == 1 else ("number of rows", "number of columns")[place]
    message = f"the {axis} of {subject.text} stays open"
    if others:
        message += ", and with it " + ", ".join(f"{variable.text}" for variable in others[:6])
        message += " and more" if len(others) > 6 else ""
    labels = tuple(Label(variable.span, f"{variable.text} has the same {axis}") for variable in others[:3])
    return Diagnostic("RNN303", message, subject.span, labels=labels, help=_declare(model, subject))


def _declare(model: Model, variable: Variable) -> str:
    name = variable.name
    shape = ", ".join(("n", "m")[: variable.rank])
    domain = (model.data.get(name) or model.params.get(name) or model.equations[name]).domain
    points = f"[{', '.join(index.name for index in domain)}]" if domain else ""
    keyword = {Data: f"{model.data[name].role} " if name in model.data else "", Param: "param "}
    word = keyword[Data] if name in model.data else keyword[Param] if name in model.params else ""
    tail = " = ..." if name in model.equations else ""
    scalar = f", or `{word}{name}{points} : scalar{tail}`" if name in model.data else ""
    return f"declare it, for example `{word}{name}{points} : {shape}{tail}`{scalar}"


def reason(variable: Variable, nearest: Mapping[int, Source], declared: Span | None) -> str:
    """Say in one sentence why a quantity has its shape."""
    if declared is not None:
        return f"declared in line {declared.line}"
    rank = variable.origin or f"is {words(variable.mask)} by {_equation(variable.cause)}"
    said = [nearest[axis] for axis in variable.axes if axis in nearest]
    sizes = [f"`{source.size}` because {source.text} (line {source.span.line})" for source in said]
    return "; ".join([rank, *sizes])


def _equation(cause: Constraint | None) -> str:
    return f"`{cause.symbol}` in line {cause.span.line}" if cause is not None else "its equation"
