"""Right sides: names become what they mean, points become accesses, uses of cells become reads of their output."""

import math
from typing import Final

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.habits import FUNCTIONS as HABITS
from rnndsl.diagnostics.habits import known_habit
from rnndsl.indices import Index, here
from rnndsl.semantics.calls import call_of_index, call_operands, over_indices, unknown_function
from rnndsl.semantics.chains import Step, deeper_than, fold_chain
from rnndsl.semantics.findings import ReportedError
from rnndsl.semantics.frame import IndexName, Quantity, SharedCell
from rnndsl.semantics.functions import FUNCTIONS, Function, Kind
from rnndsl.semantics.indexing import access_points
from rnndsl.semantics.limits import MAX_DEPTH
from rnndsl.semantics.model import Apply, Dimension, Expr, Length, Number, Over, Position, Read
from rnndsl.semantics.names import single_name
from rnndsl.semantics.nodes import check_structure
from rnndsl.semantics.reading import Surroundings
from rnndsl.semantics.scope import find_symbol
from rnndsl.sizes import Size
from rnndsl.syntax.chains import flatten_chain
from rnndsl.syntax.tree import Binary, Call, CellCall, Conditional, Expression, Reference, Unary
from rnndsl.syntax.tree import Number as Literal

_SWAPPED: Final = {"first": "last", "last": "first"}


def resolve(expression: Expression, around: Surroundings) -> Expr:
    """Return the meaning of a right side.

    Mistakes are recorded, each by itself; what stands in the place of a mistake is a number that no model ever holds,
    for a spec with a mistake has none.
    """
    found = _resolve(expression, around)
    if deeper_than(found, MAX_DEPTH):
        way = "give a part of it a name with an equation of its own"
        around.findings.error("RNN508", "this expression is too long to evaluate in one go", expression.span, way=way)
        return Number(math.nan, expression.span)
    return found


def _resolve(expression: Expression, around: Surroundings) -> Expr:
    try:
        return _meaning(expression, around)
    except ReportedError:
        return Number(math.nan, expression.span)


def _meaning(expression: Expression, around: Surroundings) -> Expr:
    match expression:
        case Literal(value=value):
            return Number(value, expression.span)
        case Reference():
            return _reference(expression, around)
        case Unary(operator="-", operand=Literal(value=value)):
            return Number(-value, expression.span)
        case Unary(operator=operator, operand=operand):
            function = "neg" if operator == "-" else operator
            return Apply(function, (_resolve(operand, around),), expression.span)
        case Binary():
            first, operations = flatten_chain(expression)
            start = _resolve(first, around)
            steps: list[Step] = [(one.operator, _resolve(one.right, around)) for one in operations]
            return fold_chain(start, steps, expression.span)
        case Conditional():
            return _conditional(expression, around)
        case CellCall():
            return _use(expression, around)
        case Call():
            return _call(expression, around)


def _conditional(expression: Conditional, around: Surroundings) -> Expr:
    if around.static.knows(expression.condition):
        holds = around.static.truth(expression.condition)
        return _resolve(expression.value if holds else expression.otherwise, around)
    operands = (expression.condition, expression.value, expression.otherwise)
    return Apply("if", tuple(_resolve(one, around) for one in operands), expression.span)


# References ----------------------------------------------------------------------------------------------------------


def _reference(read: Reference, around: Surroundings) -> Expr:
    name = single_name(read.name, around.static)
    if name == "infinity" and read.points is None:
        return Number(math.inf, read.span)
    if name in around.static.names and read.points is None:
        return _constant(name, read, around)
    way = "" if read.points is None else f"declare it as `input` or `target`, or give `{name}` an equation"
    symbol = find_symbol(around.frame, name, read.name.span, around.findings, way)
    if isinstance(symbol, Quantity):
        return _value(symbol, read, around)
    if read.points is not None:
        message = f"`{name}` has no points"
        raise around.findings.fail("RNN401", message, read.span, way="only quantities are read with square brackets")
    if isinstance(symbol, IndexName):
        return _position(read, symbol.index, around)
    way = f"apply it to its inputs: `{name}(x[t])`" if isinstance(symbol, SharedCell) else "read a quantity"
    label = Label(symbol.span, "declared here")
    raise around.findings.fail("RNN208", f"`{name}` has no value here", read.span, way=way, labels=(label,))


def _constant(name: str, read: Reference, around: Surroundings) -> Expr:
    value = around.static.names[name]
    if isinstance(value, Size):
        return Dimension(value, read.span) if value.value is None else Number(float(value.value), read.span)
    if isinstance(value, float):
        return Number(value, read.span)
    way = "a word can only stand in the braces of a name"
    raise around.findings.fail("RNN208", f"`{name}` is the word `{value}`, not a value", read.span, way=way)


def _value(symbol: Quantity, read: Reference, around: Surroundings) -> Expr:
    """Read a quantity; a point of an index that runs backwards here is counted from its other end."""
    value = Read(symbol.name, access_points(symbol, read, around), read.span)
    if symbol.point is None or not around.mirrors(symbol.point):
        return value
    return _mirrored(value, symbol.point)


def _position(read: Reference, index: Index, around: Surroundings) -> Expr:
    around.require(index, read.span)
    position = Position(index, read.span)
    return _mirrored(position, index) if around.mirrors(index) else position


def _mirrored(number: Expr, index: Index) -> Expr:
    """Return the sum of an index's first and last number less the number of one of its points."""
    span = number.span
    if index.high is not None:
        return Apply("-", (Dimension(index.low + index.high, span), number), span)
    after = Apply("+", (Length(index, span), Number(1.0, span)), span)
    return Apply("-", (after, number), span)


# Calls ---------------------------------------------------------------------------------------------------------------


def _use(call: Call | CellCall, around: Surroundings) -> Expr:
    """Read the output of the cell that is used here; its arguments are equations of their own."""
    if around.applied is None:
        way = "give its value a name with an equation, and read that"
        raise around.findings.fail("RNN215", "a cell can only be used in an equation", call.span, way=way)
    child = around.applied.get(id(call))
    if child is None or child.output is None:
        raise ReportedError(str(call.span))
    return Read(child.output.name, tuple(here(index) for index in child.output.domain), call.span)


def _call(call: Call, around: Surroundings) -> Expr:
    name = single_name(call.function, around.static)
    if isinstance(around.frame.symbols.get(name), SharedCell):
        return _use(call, around)
    row = FUNCTIONS.get(name)
    if row is None or row.kind is Kind.DISTRIBUTION:
        for argument in () if known_habit(HABITS, name) else call.arguments:
            _resolve(argument, around)
        raise unknown_function(name, call, around)
    if row.kind is Kind.POINT:
        message, way = f"`{name}` is a point, not a value", f"it stands in square brackets: `h[{row.form}]`"
        raise around.findings.fail("RNN208", message, call.span, way=way)
    if row.kind is Kind.INDEX:
        return call_of_index(call, row, around)
    if call.over:
        return _over(call, row, around)
    short = _end_of_whole(call, row, around)
    if short is not None:
        return short
    operands = call_operands(call, row, around)
    resolved = tuple(
        Number(one, call.span) if isinstance(one, float) else _resolve(one, around) for one in operands.values
    )
    found = Apply(name, resolved, call.span, operands.sizes, operands.tie)
    if row.kind is Kind.LIKELIHOOD:
        _check_likelihood(found, around)
    return found


def _over(call: Call, row: Function, around: Surroundings) -> Expr:
    indices = over_indices(call, row, around)
    body = _resolve(call.arguments[0], around.binding(indices))
    mirrored = [index for index in indices if around.mirrors(index)]
    if mirrored and row.kind is Kind.FAMILY:
        way = "bind other indices to the cell"
        around.findings.unsupported("stacks over an index that runs backwards", call.span, way=way)
    if mirrored and row.name in _SWAPPED:
        others = tuple(index for index in indices if index not in mirrored)
        body = Over(row.name, body, others, call.span) if others else body
        return Over(_SWAPPED[row.name], body, tuple(mirrored), call.span)
    return Over(row.name, body, indices, call.span)


def _end_of_whole(call: Call, row: Function, around: Surroundings) -> Expr | None:
    """Return `last(h[t] over t)` for its short form `last(h)`, None when it is not that."""
    short = row.name in _SWAPPED or row.kind is Kind.ROOT
    match call.arguments:
        case (Reference(name=name, points=None) as read,) if short and not call.keywords:
            text = single_name(name, around.static)
        case _:
            return None
    if text in around.static.names or text == "infinity":
        return None
    symbol = find_symbol(around.frame, text, read.name.span, around.findings)
    if not isinstance(symbol, Quantity) or len(symbol.domain) != 1:
        return None
    index = symbol.domain[0]
    if row.kind is Kind.ROOT:
        check_structure(index, row.name, call.span, around.frame, around.findings)
    function = _SWAPPED[row.name] if around.mirrors(index) else row.name
    return Over(function, Read(symbol.name, (here(index),), read.span), (index,), call.span)


def _check_likelihood(call: Apply, around: Surroundings) -> None:
    operand = call.operands[0]
    data = around.expansion.data.get(operand.name) if isinstance(operand, Read) else None
    failed = isinstance(operand, Number) and math.isnan(operand.value)
    if not failed and (data is None or data.role != "target"):
        way = "it is the log-likelihood of a target that stands on the left of `~`"
        raise around.findings.fail("RNN206", "`log_prob` takes a target: `log_prob(y[t])`", call.span, way=way)
