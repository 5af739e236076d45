"""Points that are sums of indices and numbers, and their mirror images.

A cell that is applied `backward over t` is written forwards and means its mirror image: with S the sum of the first
and the last point, the point p that is written stands for S - p. In what follows "written" points are turned into
those of the model; S cancels wherever an index and what it reads are mirrored alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rnndsl.diagnostics.habits import FUNCTIONS as HABITS
from rnndsl.diagnostics.habits import known_habit
from rnndsl.diagnostics.span import Span
from rnndsl.indices import Affine, Index
from rnndsl.semantics.findings import ReportedError, did_you_mean
from rnndsl.semantics.frame import Broken, IndexName, Quantity
from rnndsl.semantics.limits import MAX_DELAY
from rnndsl.semantics.names import single_name
from rnndsl.semantics.reading import Surroundings
from rnndsl.sizes import Size
from rnndsl.syntax.tree import Binary, Call, Expression, Reference, Unary

WAY: Final = "a point is an index, an index plus or minus a fixed number or another index, or a number"


@dataclass(frozen=True, slots=True)
class Sum:
    """A point as it is written: whole multiples of indices, and a number that may hold dimensions."""

    terms: Mapping[Index, int]
    offset: Size

    def plus(self, other: "Sum", sign: int) -> "Sum":
        """Return the sum of both, the other one times `sign`."""
        terms = dict(self.terms)
        for index, count in other.terms.items():
            terms[index] = terms.get(index, 0) + sign * count
        return Sum({index: count for index, count in terms.items() if count}, self.offset + other.offset * sign)

    @property
    def alone(self) -> Index | None:
        """The index that it is, with nothing added; None if it is anything else."""
        match [*self.terms.items()]:
            case [(index, 1)] if self.offset.value == 0:
                return index
            case _:
                return None


def written_sum(point: Expression, around: Surroundings) -> Sum:
    """Return a point as it is written.

    Raises:
        ReportedError: it is no sum of indices and numbers, or an index in it is not bound.
    """
    match point:
        case Reference(name=name, points=None):
            return _named(point, single_name(name, around.static), around)
        case Unary(operator="-", operand=operand):
            return Sum({}, Size()).plus(written_sum(operand, around), -1)
        case Binary(operator="+" | "-"):
            return _chain(point, around)
        case _ if around.static.knows(point):
            return Sum({}, around.static.size(point))
    way = WAY
    if isinstance(point, Call):
        way = known_habit(HABITS, single_name(point.function, around.static)) or WAY
    raise around.findings.fail("RNN404", "this is not a point", point.span, way=way)


def affine(written: Sum, around: Surroundings, span: Span, mirrored: Index | None = None) -> Affine:
    """Return what a written point means, if it is one of `mirrored`, an index that runs backwards.

    Raises:
        ReportedError: its number is not known, or too large.
    """
    sign = -1 if mirrored is not None else 1
    offset = written.offset * sign
    terms: dict[Index, int] = {}
    for term, count in written.terms.items():
        if around.mirrors(term):
            terms[term] = -count * sign
            offset = offset + _mirror_sum(term, count * sign)
        else:
            terms[term] = count * sign
    if mirrored is not None:
        offset = offset + _mirror_sum(mirrored, 1)
    number = around.static.dims.need(offset, span)
    if terms and abs(number) > MAX_DELAY:
        way = "carry what is needed in a state of its own"
        raise around.findings.fail("RNN506", f"{abs(number):,} steps are too many", span, way=way)
    order = sorted(terms, key=lambda term: term.sort_key)
    return Affine(tuple((term, terms[term]) for term in order), number)


def _mirror_sum(term: Index, count: int) -> Size:
    """Return `count` times the sum of the first and last point; a sequence's cancels and is left out."""
    return Size() if term.high is None else (term.low + term.high) * count


def _chain(point: Binary, around: Surroundings) -> Sum:
    """Add up a chain of sums, which may begin with a product of compile-time numbers: `2 * k + t`."""
    start: Expression = point
    operations: list[Binary] = []
    while isinstance(start, Binary) and start.operator in {"+", "-"}:
        operations.append(start)
        start = start.left
    total = written_sum(start, around)
    for operation in reversed(operations):
        total = total.plus(written_sum(operation.right, around), 1 if operation.operator == "+" else -1)
    return total


def _named(point: Reference, name: str, around: Surroundings) -> Sum:
    symbol = around.frame.symbols.get(name)
    if isinstance(symbol, IndexName):
        around.require(symbol.index, point.span)
        return Sum({symbol.index: 1}, Size())
    if name in around.static.names:
        return Sum({}, around.static.size(point))
    if isinstance(symbol, Broken) or (symbol is None and around.frame.incomplete):
        raise ReportedError(name)
    if symbol is None:
        known = [
            *around.static.names,
            *(one for one, what in around.frame.symbols.items() if isinstance(what, IndexName)),
        ]
        raise around.findings.fail(
            "RNN201", f"`{name}` is not declared", point.span, way=did_you_mean(name, known, WAY)
        )
    if isinstance(symbol, Quantity):
        way = WAY
        if symbol.point is not None:
            way = f"look it up: `sum(h[s] if s == {name} else 0 over s)` with `{symbol.point.name}` for `s`"
        around.findings.unsupported("points that depend on data", point.span, way=way)
        raise ReportedError(name)
    raise around.findings.fail("RNN404", f"`{name}` is not a point", point.span, way=WAY)
