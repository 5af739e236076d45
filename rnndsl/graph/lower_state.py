"""What lowering carries along: the graph in the making, the values of quantities, and where an expression stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.diagnostics.span import Span
from rnndsl.graph.build import Builder
from rnndsl.graph.graph import InputInfo, ParamInfo
from rnndsl.graph.node import Node
from rnndsl.indices import Access, Affine, Child, Domain, Index, Kind, Parent, here
from rnndsl.ops import DType, Op
from rnndsl.semantics.model import Expr, Type, TypedModel
from rnndsl.sizes import Size


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression is evaluated.

    `at` says what an index of the expression stands for at the consumer's point (itself, if it is not named).
    `guard` is a condition outside which the value is not used: partial functions are kept from what they do not take.
    `owner` is the equation whose part the expression is.
    """

    at: Mapping[Index, Access]
    guard: int | None
    owner: str

    def guarded(self, guard: int) -> "Scope":
        """Return the scope of one branch of a conditional."""
        return replace(self, guard=guard)


@dataclass
class Lowering:
    """The graph in the making.

    `recurse` lowers an expression (it stands here so that the rules of reads, folds and products need not know one
    another); `starting` are the quantities whose inits are being lowered, `drawn` the log-likelihoods by target, `fed`
    the values of targets that are not simply the data where they are read; `parts` the nodes of expressions at their
    own points.
    """

    typed: TypedModel
    params: Mapping[str, ParamInfo]
    inputs: Mapping[str, InputInfo]
    recurse: "Callable[[Lowering, Expr, Scope], int]"
    builder: Builder = field(default_factory=Builder)
    values: dict[str, int] = field(default_factory=dict)
    drawn: dict[str, int] = field(default_factory=dict)
    fed: dict[str, int] = field(default_factory=dict)
    indices: list[Index] = field(default_factory=list)
    noise: dict[Expr, str] = field(default_factory=dict)
    starting: list[str] = field(default_factory=list)
    parts: dict[Expr, int] = field(default_factory=dict)

    def lower(self, expr: Expr, scope: Scope) -> int:
        """Lower an expression as it is: a token stays a whole number, a condition a truth value."""
        before, self.builder.span = self.builder.span, expr.span
        number = self.recurse(self, expr, scope)
        self.builder.span = before
        if not scope.at:
            self.parts[expr] = number
        return number

    def real(self, expr: Expr, scope: Scope) -> int:
        """Lower an expression to real numbers: a token becomes its one-hot vector, a condition 0 or 1."""
        return self.as_real(self.lower(expr, scope), self.type(expr))

    def as_real(self, number: int, kind: Type) -> int:
        """Return a value of a type as real numbers: a point of an index set is its number, one of no point is before.

        Data count points from 0, the language from the index set's first number.
        """
        match self.node(number).dtype:
            case DType.INT if kind.point is not None:
                return self.apply(Op.ADD, self.apply(Op.NUMBER, number), self.builder.size(kind.point.low))
            case DType.INT:
                return self.builder.shaped(Op.ONE_HOT, number, shape=kind.shape)
            case DType.BOOL:
                return self.builder.apply(Op.WHERE, number, self.builder.const(1), self.builder.const(0))
            case DType.REAL:
                return number

    def type(self, expr: Expr) -> Type:
        """Return an expression's type."""
        return self.typed.expressions[expr]

    def node(self, number: int) -> Node:
        """Return a node made so far."""
        return self.builder.nodes[number]

    def domain_of(self, name: str) -> Domain:
        """Return the domain with which a quantity was declared."""
        model = self.typed.model
        return (model.data.get(name) or model.params.get(name) or model.equations[name]).domain

    def apply(self, op: Op, *operands: int) -> int:
        """Apply an operator without attribute."""
        return self.builder.apply(op, *operands)

    def guarded(self, number: int, harmless: float, scope: Scope) -> int:
        """Replace a value by a harmless one where it is not used."""
        if scope.guard is None or self.node(number).op in {Op.CONST, Op.SIZE}:
            return number
        return self.apply(Op.WHERE, scope.guard, number, self.builder.const(harmless))

    def divide(self, above: int, below: int, scope: Scope) -> int:
        """Divide; where the quotient is not used, by 1."""
        return self.apply(Op.DIV, above, self.guarded(below, 1, scope))

    def fresh_range(self, base: str, low: Size, high: Size) -> Index:
        """Make an index of the compiler's own over a plain range."""
        taken = {index.name for index in (*self.typed.model.indices, *self.indices)}
        name = next(name for k in range(len(taken) + 1) if (name := f"{base}_{k + 1}") not in taken)
        index = Index(name, Kind.RANGE, len(taken), low, high)
        self.indices.append(index)
        return index

    def spread(self, number: int, indices: Domain) -> int:
        """Repeat a value over indices that it lacks."""
        node = self.node(number)
        domain = (*node.domain, *indices)
        batch = node.batch or any(index.ragged for index in domain)
        return self.builder.broadcast(number, domain, node.shape, batch=batch)


def compose(access: Access, at: Mapping[Index, Access]) -> Access | None:
    """Return the access that reads where `access` does when its indices stand for `at`; None when there is no such.

    `m - j` with m standing for `m - 1` is `m - j - 1`; `t - 1` with t standing for the last point is none, nor is the
    child of a child.
    """
    match access:
        case Affine():
            return _compose_affine(access, at)
        case Child(of, slot) if at.get(of, here(of)) == here(of):
            place = _compose_affine(slot, at)
            return Child(of, place) if isinstance(place, Affine) else None
        case Parent(of) if at.get(of, here(of)) == here(of):
            return access
        case Child() | Parent():
            return None
        case _:
            return access


def _compose_affine(access: Affine, at: Mapping[Index, Access]) -> Access | None:
    counts: dict[Index, int] = {}
    offset = access.offset
    for index, sign in access.terms:
        inner = at.get(index)
        if inner is None:
            counts[index] = counts.get(index, 0) + sign
        elif isinstance(inner, Affine):
            offset += sign * inner.offset
            for other, its in inner.terms:
                counts[other] = counts.get(other, 0) + sign * its
        else:
            return inner if len(access.terms) == 1 and sign == 1 and not access.offset else None
    if any(abs(count) > 1 for count in counts.values()):
        return None
    terms = sorted(((i, n) for i, n in counts.items() if n), key=lambda term: term[0].sort_key)
    return Affine(tuple(terms), offset)


def refuse(code: str, message: str, span: Span, way: str) -> SpecError:
    """Return the error of something that lowering cannot express."""
    return SpecError([Diagnostic(code, message, span, help=way)])
