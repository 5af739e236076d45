"""Calls of functions: arguments in their places, indices that are bound, whole numbers that are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.habits import FUNCTIONS as HABITS
from rnndsl.diagnostics.habits import known_habit
from rnndsl.indices import Index
from rnndsl.semantics.findings import ReportedError, did_you_mean
from rnndsl.semantics.frame import Broken, Quantity
from rnndsl.semantics.functions import FUNCTIONS, INITIALISERS, Function, Kind
from rnndsl.semantics.model import Dimension, Expr, Leaf, Length
from rnndsl.semantics.nodes import check_structure
from rnndsl.semantics.notes import given_arguments
from rnndsl.semantics.reading import Surroundings
from rnndsl.semantics.scope import check_owners, find_index
from rnndsl.semantics.sets import set_words
from rnndsl.sizes import Shape, Size
from rnndsl.syntax.tree import Call, Expression, Keyword, Reference

_WHOLE_FROM_SECOND: Final = frozenset({"part", "slice", "component"})
#: What to write where a function that only binds indices has no `over`.
_OVER: Final[Mapping[Kind, str]] = {
    Kind.FAMILY: "`stack(h[t, m] over m)` makes components of a fixed range",
    Kind.ROOT: "`root(h[n] over n)` is the value at the root, and `root(h)` is short for it",
    Kind.DUAL: "`uses(f[n, k] over k)` is the sum over the parents of the node, each at the place k of this child",
}


@dataclass(frozen=True, slots=True)
class Operands:
    """The arguments of a function that are values, its whole numbers, and the indices that hold a mask."""

    values: tuple[Expression | float, ...]
    sizes: Shape = ()
    tie: tuple[Index, ...] = ()


def call_operands(call: Call, row: Function, around: Surroundings) -> Operands:
    """Return the arguments of a call without `over`.

    Raises:
        ReportedError: they are not what the function takes.
    """
    if row.kind in _OVER:
        raise around.findings.fail("RNN406", f"`{row.name}` needs an `over`", call.span, way=_OVER[row.kind])
    if row.kind is Kind.NOISE:
        return _noise(call, row, around)
    given = given_arguments(call, row, around.static)
    if row.name not in _WHOLE_FROM_SECOND:
        return Operands(tuple(given))
    sizes = tuple(_counted(one, row, around) for one in given[1:] if not isinstance(one, float))
    return Operands((given[0],), sizes)


def _counted(number: Expression, row: Function, around: Surroundings) -> Size:
    """Take the number of a component or part."""
    size = around.static.size(number)
    if size.value is not None and size.value < 1:
        what = "part" if row.name == "part" else "component"
        message, way = f"there is no {what} {size}", f"{what}s are counted from 1: `{row.form}`"
        raise around.findings.fail("RNN306", message, number.span, way=way)
    return around.static.positive(number)


def _noise(call: Call, row: Function, around: Surroundings) -> Operands:
    """Take `dropout(a, rate, tie = t)`: the rate is known, `tie` names indices."""
    tie = [keyword for keyword in call.keywords if keyword.name == "tie"]
    rest = tuple(keyword for keyword in call.keywords if keyword.name != "tie")
    value, rate = given_arguments(replace(call, keywords=rest), row, around.static)
    number = rate if isinstance(rate, float) else around.static.real(rate)
    if not 0 <= number < 1:
        way = "the rate is the share that is dropped, from 0 to less than 1"
        raise around.findings.fail("RNN222", f"a rate of {number:g}", call.span, way=way)
    return Operands((value, number), tie=tuple(_tied(keyword, around) for keyword in tie))


def _tied(keyword: Keyword, around: Surroundings) -> Index:
    match keyword.value:
        case Reference(name=name, points=None):
            index = find_index(around.frame, name, around.static)
        case _:
            way = "name one index: `tie = t`"
            raise around.findings.fail("RNN405", "this is not an index", keyword.value.span, way=way)
    around.require(index, keyword.value.span, way="tie along an index of the left side")
    edge = next((one for one in around.scope if one.of == index), None)
    if edge is not None:
        message = f"a mask that is held along `{index.name}` cannot vary over its children `{edge.name}`"
        way = f"draw the mask in an equation over `{index.name}`"
        raise around.findings.fail("RNN417", message, keyword.value.span, way=way)
    return index


def over_indices(call: Call, row: Function, around: Surroundings) -> tuple[Index, ...]:
    """Return the indices that a call binds.

    Raises:
        ReportedError: the function binds none, or one of them is not an index that it can bind.
    """
    findings = around.findings
    if not row.takes_over:
        binding = ", ".join(name for name, other in FUNCTIONS.items() if other.takes_over)
        raise findings.fail("RNN406", f"`{row.name}` takes no `over`", call.span, way=f"these do: {binding}")
    if len(call.arguments) != 1 or call.keywords:
        message = f"`{row.name}` takes one expression before `over`"
        raise findings.fail("RNN206", message, call.span, way=f"for example `{row.name}(h[t] over t)`")
    found: list[Index] = []
    for name in call.over:
        index = find_index(around.frame, name, around.static)
        if index in found:
            raise findings.fail("RNN408", f"`{index.name}` is bound twice", name.span, way="keep one")
        if row.kind is Kind.NORMALISER and index not in around.scope:
            message = f"`{row.name}` keeps the index `{index.name}`, which is not on the left"
            way = f"put `{index.name}` on the left: the value is that at the current point"
            raise findings.fail("RNN414", message, name.span, way=way, labels=around.frame.origin(index))
        if row.kind is Kind.FAMILY and index.ragged:
            message = "only a fixed range can become components"
            way = f"reduce over {set_words(index)} instead: `mean`, `max`, `last`"
            raise findings.fail("RNN403", message, name.span, way=way, labels=around.frame.origin(index))
        if row.kind is Kind.ROOT:
            check_structure(index, row.name, name.span, around.frame, findings)
        if row.kind is Kind.DUAL and (index.of is None or call.over[1:]):
            message = f"`{row.name}` sums over the parents of a node: it takes one index over children"
            raise findings.fail("RNN403", message, name.span, way="declare one: `index k : children(n)`")
        found.append(index)
    check_owners(found, around.scope, call.span, findings)
    return tuple(found)


def call_of_index(call: Call, row: Function, around: Surroundings) -> Expr:
    """Return `length(t)`, a size for a fixed range, or the condition `leaf(n)`.

    Raises:
        ReportedError: it is not called with one index, or with one that it does not take.
    """
    match call:
        case Call(arguments=(Reference(name=name, points=None) as given,), keywords=(), over=()):
            index = find_index(around.frame, name, around.static)
        case _:
            way = f"name one index: `{row.form}`"
            raise around.findings.fail("RNN206", f"`{row.name}` takes an index", call.span, way=way)
    if row.name == "leaf":
        check_structure(index, row.name, call.span, around.frame, around.findings)
        around.require(index, given.span)
        return Leaf(index, call.span)
    if index.of is not None:
        check_owners([index], around.scope, given.span, around.findings)
    return Length(index, call.span) if index.ragged else Dimension(index.extent, call.span)


def unknown_function(name: str, call: Call, around: Surroundings) -> ReportedError:
    """Record that a call calls no function, and return the exception to raise."""
    symbol, span = around.frame.symbols.get(name), call.function.span
    fail = around.findings.fail
    if isinstance(symbol, Quantity):
        points = ", ".join(index.name for index in symbol.domain) or "..."
        way = f"square brackets hold points: `{name}[{points}]`" if symbol.domain else "write `*` or `@` to multiply"
        label = Label(symbol.span, "declared here")
        return fail("RNN207", f"`{name}` is a quantity, not a function", span, way=way, labels=(label,))
    if isinstance(symbol, Broken) or name in around.frame.cell.unit.broken:
        return ReportedError(name)
    if symbol is not None:
        return fail("RNN207", f"`{name}` is not a function", span, way="write `*` to multiply")
    if name in around.frame.cell.unit.cells:
        way = f"give its sizes, then its inputs: `{name}(n)(x[t])`"
        return fail("RNN207", f"`{name}` is a cell, not a function", span, way=way)
    if name in FUNCTIONS:
        way = f"it stands after `~`: `y[t] ~ {FUNCTIONS[name].form}`"
        return fail("RNN207", f"`{name}` is a distribution", span, way=way)
    if name in INITIALISERS:
        return fail("RNN207", f"`{name}` is an initialiser", span, way=f"it stands after `~`: `param W ~ {name}`")
    if name in around.frame.cell.unit.library():
        way = f"import it, `from cells import {name}`, and give its sizes, then its inputs: `{name}(n)(x[t])`"
        return fail("RNN207", f"`{name}` is a cell, not a function", span, way=way)
    way = known_habit(HABITS, name) or did_you_mean(name, FUNCTIONS, "`rnndsl explain RNN202` lists all functions")
    return fail("RNN202", f"there is no function `{name}`", span, way=way)
