"""Points: what stands in square brackets, typed and turned into accesses.

A cell that is applied `backward over t` is written forwards and means its mirror image: with S the sum of the first
and the last point, the point p that is written stands for S - p. In what follows "written" points are turned into
those of the model; S cancels wherever an index and what it reads are mirrored alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.indices import Access, Affine, Index
from rnndsl.semantics.findings import ReportedError, did_you_mean
from rnndsl.semantics.frame import Broken, IndexName, Quantity
from rnndsl.semantics.limits import MAX_DELAY
from rnndsl.semantics.names import single_name
from rnndsl.semantics.reading import Surroundings
from rnndsl.sizes import Size
from rnndsl.syntax.tree import Binary, Call, Expression, Reference, Unary

_WAY: Final = "a point is an index, an index plus or minus a fixed number or another index, or a number"


@dataclass(frozen=True, slots=True)
class _Sum:
    """A point as it is written: whole multiples of indices, and a number that may hold dimensions."""

    terms: Mapping[Index, int]
    offset: Size

    def plus(self, other: "_Sum", sign: int) -> "_Sum":
        terms = dict(self.terms)
        for index, count in other.terms.items():
            terms[index] = terms.get(index, 0) + sign * count
        return _Sum({index: count for index, count in terms.items() if count}, self.offset + other.offset * sign)


def access_points(quantity: Quantity, read: Reference, around: Surroundings) -> tuple[Access, ...]:
    """Return where a quantity is read, one access for each of its indices.

    Raises:
        ReportedError: the number of points is wrong, or one of them is no point of its index set.
    """
    points = read.points or ()
    if len(points) != len(quantity.domain):
        raise _wrong_number(quantity, read, around)
    found: list[Access] = []
    failed = False
    for index, point in zip(quantity.domain, points, strict=True):
        try:
            found.append(_access(quantity, index, point, around))
        except ReportedError:
            failed = True
    if failed:
        raise ReportedError(quantity.name)
    return tuple(found)


def _wrong_number(quantity: Quantity, read: Reference, around: Surroundings) -> ReportedError:
    name = single_name(read.name, around.static)
    own = ", ".join(index.name for index in quantity.domain)
    label = Label(quantity.span, "declared here")
    if read.points is None:
        message, code = f"`{name}` has a value for every [{own}]", "RNN407"
        way = f"say at which point: `{name}[{own}]`"
    elif not quantity.domain:
        message, code = f"`{name}` has no indices", "RNN401"
        way = f"write `{name}`; square brackets hold points of index sets, never components"
    else:
        message, code = f"`{name}` has the indices [{own}], not {len(read.points)}", "RNN401"
        way = f"for example `{name}[{own}]`"
    return around.findings.fail(code, message, read.span, way=way, labels=(label,))


def _access(quantity: Quantity, index: Index, point: Expression, around: Surroundings) -> Access:
    written = _written(point, around)
    _check_sets(quantity, index, written, point, around)
    mirrored = around.mirrors(index) and quantity.role != "param"
    sign = -1 if mirrored else 1
    offset = written.offset * sign
    terms: dict[Index, int] = {}
    for term, count in written.terms.items():
        if around.mirrors(term):
            terms[term] = -count * sign
            offset = offset + _mirror_sum(term, count * sign)
        else:
            terms[term] = count * sign
    if mirrored:
        offset = offset + _mirror_sum(index, 1)
    number = around.static.dims.need(offset, point.span)
    if terms and abs(number) > MAX_DELAY:
        way = "carry what is needed in a state of its own"
        raise around.findings.fail("RNN506", f"{abs(number):,} steps are too many", point.span, way=way)
    order = sorted(terms, key=lambda term: term.sort_key)
    return Affine(tuple((term, terms[term]) for term in order), number)


def _mirror_sum(term: Index, count: int) -> Size:
    """Return `count` times the sum of the first and last point; a sequence's cancels and is left out."""
    return Size() if term.high is None else (term.low + term.high) * count


def _written(point: Expression, around: Surroundings) -> _Sum:
    match point:
        case Reference(name=name, points=None):
            return _named(point, single_name(name, around.static), around)
        case Unary(operator="-", operand=operand):
            return _Sum({}, Size()).plus(_written(operand, around), -1)
        case Binary(operator="+" | "-"):
            return _chain(point, around)
        case Call(function=function) if single_name(function, around.static) in {"child", "parent", "leaf", "root"}:
            around.findings.unsupported("trees and dags", point.span, way="sequences and fixed ranges are supported")
            raise ReportedError("tree")
        case _ if around.static.knows(point):
            return _Sum({}, around.static.size(point))
    raise around.findings.fail("RNN404", "this is not a point", point.span, way=_WAY)


def _chain(point: Binary, around: Surroundings) -> _Sum:
    """Add up a chain of sums, which may begin with a product of compile-time numbers: `2 * k + t`."""
    start: Expression = point
    operations: list[Binary] = []
    while isinstance(start, Binary) and start.operator in {"+", "-"}:
        operations.append(start)
        start = start.left
    total = _written(start, around)
    for operation in reversed(operations):
        total = total.plus(_written(operation.right, around), 1 if operation.operator == "+" else -1)
    return total


def _named(point: Reference, name: str, around: Surroundings) -> _Sum:
    symbol = around.frame.symbols.get(name)
    if isinstance(symbol, IndexName):
        if symbol.index not in around.scope:
            way = f"put it on the left, or bind it: `sum(... over {name})`"
            message = f"the index `{name}` is neither on the left nor bound by `over`"
            raise around.findings.fail("RNN402", message, point.span, way=way)
        return _Sum({symbol.index: 1}, Size())
    if name in around.static.names:
        return _Sum({}, around.static.size(point))
    if isinstance(symbol, Broken) or (symbol is None and around.frame.incomplete):
        raise ReportedError(name)
    if symbol is None:
        known = [
            *around.static.names,
            *(one for one, what in around.frame.symbols.items() if isinstance(what, IndexName)),
        ]
        way = did_you_mean(name, known, _WAY)
        raise around.findings.fail("RNN201", f"`{name}` is not declared", point.span, way=way)
    if isinstance(symbol, Quantity):
        around.findings.unsupported("offsets that depend on data", point.span, way=_WAY)
        raise ReportedError(name)
    raise around.findings.fail("RNN404", f"`{name}` is not a point", point.span, way=_WAY)


def _check_sets(quantity: Quantity, index: Index, written: _Sum, point: Expression, around: Surroundings) -> None:
    label = Label(quantity.span, f"`{index.name}` is an index of `{quantity.name}`")
    if any(abs(count) != 1 for count in written.terms.values()):
        raise around.findings.fail("RNN404", "an index can only be added or subtracted once", point.span, way=_WAY)
    sequences = [term for term in written.terms if term.ragged]
    if not index.ragged:
        if not sequences:
            return
        message = f"`{sequences[0].name}` is a sequence, but a point of the range `{index.name}` belongs here"
        way = "give a point of that range"
    elif not sequences:
        message = f"a point of the sequence `{index.name}` belongs here"
        way = f"read at `{index.name}`, or `first(... over {index.name})` or `last(... over {index.name})`"
    elif sequences != [index]:
        message = f"`{sequences[0].name}` is another sequence than `{index.name}`"
        way = f"reduce over `{index.name}`, or declare both over one sequence"
    elif written.terms[index] != 1:
        message = f"`{index.name}` cannot be subtracted: a sequence is read some steps back or ahead"
        way = _WAY
    else:
        return
    raise around.findings.fail("RNN403", message, point.span, way=way, labels=(label,))
