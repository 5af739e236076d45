"""Shapes, initialisers and bounds as they are written, over the dimensions of the model."""

from rnndsl.diagnostics.habits import INITIALISERS as HABITS
from rnndsl.diagnostics.habits import known_habit
from rnndsl.semantics.findings import did_you_mean
from rnndsl.semantics.functions import INITIALISERS, Function
from rnndsl.semantics.limits import MAX_POINTS
from rnndsl.semantics.model import ShapeNote
from rnndsl.semantics.names import single_name
from rnndsl.semantics.static import Static
from rnndsl.sizes import Size
from rnndsl.syntax.tree import Call, Expression, IndexDeclaration
from rnndsl.syntax.tree import ShapeNote as WrittenShape

_MOST_AXES = 2


def declared_shape(written: WrittenShape | None, static: Static) -> ShapeNote | None:
    """Return a declared shape with its sizes over the model's dimensions, None when there is none.

    Raises:
        ReportedError: a size is not one.
    """
    match written:
        case None:
            return None
        case WrittenShape(kind="scalar"):
            return ShapeNote((), None, written.span)
        case WrittenShape(kind="token", sizes=(size,)):
            return ShapeNote((), static.positive(size), written.span)
        case WrittenShape(kind="point"):
            message = "only an input or a target is a point"
            way = "a point of an index set comes with the data; computed numbers are declared `scalar`"
            raise static.findings.fail("RNN232", message, written.span, way=way)
    if len(written.sizes) > _MOST_AXES:
        way = "use an index over a fixed range for the third axis: `param a[i] : n, m`"
        raise static.findings.fail("RNN231", "a shape has at most two sizes", written.span, way=way)
    return ShapeNote(tuple(static.positive(size) for size in written.sizes), None, written.span)


def declared_initialiser(call: Call | None, static: Static) -> tuple[str, tuple[float, ...]] | None:
    """Return the name of an initialiser with its numbers, defaults filled in; None when none is given.

    Raises:
        ReportedError: there is no such initialiser, or its numbers are not as it needs them.
    """
    if call is None:
        return None
    name = single_name(call.function, static)
    row = INITIALISERS.get(name)
    if row is None:
        way = known_habit(HABITS, name) or did_you_mean(name, INITIALISERS, f"there are {', '.join(INITIALISERS)}")
        raise static.findings.fail("RNN225", f"`{name}` is not an initialiser", call.function.span, way=way)
    return name, tuple(
        static.real(value) if not isinstance(value, float) else value for value in given_arguments(call, row, static)
    )


def given_arguments(call: Call, row: Function, static: Static) -> list[Expression | float]:
    """Return the arguments of a call in the order of the function's, its defaults in the place of what is left out.

    Raises:
        ReportedError: there are too many or too few, or one has a name that the function does not know.
    """
    if row.variadic:
        if call.keywords or len(call.arguments) < row.least:
            message = f"`{row.name}` is not called like this"
            raise static.findings.fail("RNN206", message, call.span, way=f"call it as `{row.form}`")
        return list(call.arguments)
    names = list(row.parameters)
    given: dict[str, Expression | float] = dict(zip(names, call.arguments, strict=False))
    for keyword in call.keywords:
        if keyword.name not in names:
            way = did_you_mean(keyword.name, names, _call_way(row))
            raise static.findings.fail(
                "RNN206", f"`{row.name}` has no argument `{keyword.name}`", keyword.span, way=way
            )
        if keyword.name in given:
            raise static.findings.fail("RNN206", f"`{keyword.name}` is given twice", keyword.span, way="keep one")
        given[keyword.name] = keyword.value
    given = dict(zip(names[row.least :], row.defaults, strict=True)) | given
    if len(call.arguments) > len(names) or any(name not in given for name in names):
        count = len(call.arguments) + len(call.keywords)
        message = f"`{row.name}` does not take {count} argument{'s' if count != 1 else ''}"
        raise static.findings.fail("RNN206", message, call.span, way=_call_way(row))
    return [given[name] for name in names]


def _call_way(row: Function) -> str:
    over = f"; over an index it is `{row.name}(x[t] over t)`" if row.takes_over else ""
    return f"call it as `{row.form}`{over}"


def declared_bounds(statement: IndexDeclaration, static: Static) -> tuple[Size, Size]:
    """Return the first and last point of a fixed range.

    Raises:
        ReportedError: the bounds are not whole numbers, or there is no point, or there are too many.
    """
    if statement.kind == "cyclic":
        low, high = Size.of(1), static.positive(statement.bounds[0])
    else:
        low, high = static.size(statement.bounds[0]), static.size(statement.bounds[1])
    points = static.dims.peek(high - low + 1)
    if points is not None and not 0 < points <= MAX_POINTS:
        message = f"a range of {points:,} points" if points > 0 else f"there is no point from {low} to {high}"
        way = f"a range has 1 to {MAX_POINTS:,} points"
        raise static.findings.fail("RNN413", message, statement.span, way=way)
    return low, high
