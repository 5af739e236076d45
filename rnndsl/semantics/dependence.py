"""The dependence graph of a model: which equation reads which, and how far away along every index.

Nodes are names of equations, `init h` for the values that reads outside of `h` give, and `log_prob y`. An edge
carries, for each index of what is read, an interval of offsets; where a point has no bounded distance (a reduction, a
first or last point, a fixed point) the interval is open on both sides. Along a tree or dag a child is one step back, a
parent one ahead.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rnndsl.diagnostics.span import Span
from rnndsl.indices import Access, Affine, Child, Domain, Index, Parent, here
from rnndsl.semantics.chains import parts
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.model import Apply, Distribution, Expr, Model, Over, Read
from rnndsl.sizes import Size

Interval = tuple[float, float]
Bound = Mapping[Index, str]
ANYWHERE: Final[Interval] = (-math.inf, math.inf)
HERE: Final[Interval] = (0.0, 0.0)
CHILD: Final[Interval] = (-1.0, -1.0)
PARENT: Final[Interval] = (1.0, 1.0)
#: What a node is called inside `uses(... over k)`, where it stands for a parent of the node.
AT_PARENT: Final = "at a parent"


@dataclass(frozen=True, slots=True)
class Edge:
    """`consumer` reads `producer`, at `offsets` from its own point; `why` names what reads without a bound."""

    consumer: str
    producer: str
    offsets: Mapping[Index, Interval]
    span: Span
    why: str = ""

    def offset(self, index: Index) -> Interval:
        """Return how far away along an index it reads."""
        return self.offsets.get(index, ANYWHERE)

    @property
    def here(self) -> bool:
        """Whether it reads at its own point."""
        return all(interval == HERE for interval in self.offsets.values())

    @property
    def bounded(self) -> bool:
        """Whether it reads at a bounded distance along every index."""
        return all(math.isfinite(low) or math.isfinite(high) for low, high in self.offsets.values())


@dataclass(frozen=True, slots=True)
class Dependence:
    """The graph: the domain of every node, and the edges that leave it."""

    domains: Mapping[str, Domain]
    edges: Mapping[str, tuple[Edge, ...]]


def find_dependence(model: Model, dims: Dims, *, drawn: bool = False) -> Dependence:
    """Return who reads whom in a model; inputs, targets and parameters depend on nothing.

    With `drawn` targets are made by the model: they depend on what their distributions are made from, as their
    log-likelihoods always do.
    """
    randoms = {f"log_prob {random.target}": random for random in model.randoms}
    randoms |= {random.target: random for random in model.randoms if drawn}
    made: dict[str, Domain] = {name: equation.domain for name, equation in model.equations.items()}
    made |= {name: random.domain for name, random in randoms.items()}
    domains = made | {f"init {name}": init.indices for name, init in model.inits.items()}
    edges: dict[str, tuple[Edge, ...]] = {}
    for name, equation in model.equations.items():
        edges[name] = tuple(_Reads(name, made, equation.domain, model, dims).of([(equation.value, {})]))
    for name, init in model.inits.items():
        edges[f"init {name}"] = tuple(_Reads(f"init {name}", made, init.indices, model, dims).of([(init.value, {})]))
    for name, random in randoms.items():
        reads = _Reads(name, made, random.domain, model, dims)
        edges[name] = tuple(reads.of(_arguments(random.distribution, {})))
    return Dependence(domains, edges)


def _arguments(distribution: Distribution, bound: Bound) -> Iterator[tuple[Expr, Bound]]:
    bound = {**bound, **dict.fromkeys(distribution.over, distribution.name)}
    for argument in distribution.arguments:
        if isinstance(argument, Distribution):
            yield from _arguments(argument, bound)
        else:
            yield argument, bound


@dataclass(frozen=True, slots=True)
class _Reads:
    """The edges that leave one node; `made` are the domains of what can be read and depends on something."""

    name: str
    made: Mapping[str, Domain]
    domain: Domain
    model: Model
    dims: Dims

    def of(self, values: Iterable[tuple[Expr, Bound]]) -> Iterator[Edge]:
        """Yield one edge for each different read, the first place of each; with values come the indices bound there."""
        seen: set[tuple[object, ...]] = set()
        waiting = list(reversed(list(values)))
        while waiting:
            expression, bound = waiting.pop()
            if isinstance(expression, Over):
                bound = {**bound, **dict.fromkeys(expression.indices, expression.function)}
                if expression.function == "uses":
                    bound |= {index.of: AT_PARENT for index in expression.indices if index.of is not None}
            new = [edge for edge in self._direct(expression, bound) if _key(edge) not in seen]
            seen.update(_key(edge) for edge in new)
            yield from new
            waiting.extend((part, bound) for part in reversed(parts(expression)))

    def _direct(self, expression: Expr, bound: Bound) -> Iterator[Edge]:
        match expression:
            case Read(name=name):
                yield from self._edges(name, expression, bound)
            case Apply(function="log_prob", operands=(Read(name=name) as target,)):
                yield from self._edges(f"log_prob {name}", target, bound)
            case _:
                pass

    def _edges(self, name: str, read: Read, bound: Bound) -> Iterator[Edge]:
        init = self.model.inits.get(name)
        made = self.made.get(name)
        domain = made if made is not None else init.indices if init is not None else ()
        offsets: dict[Index, Interval] = {}
        why = ""
        for index, access in zip(domain, read.at, strict=False):
            offsets[index], reason = self._offset(index, access, bound)
            why = why or reason
        if made is not None:
            yield Edge(self.name, name, offsets, read.span, why)
        if init is not None and any(interval != HERE for interval in offsets.values()):
            inside = {own: offsets.get(index, ANYWHERE) for own, index in zip(init.indices, domain, strict=True)}
            yield Edge(self.name, f"init {name}", inside, read.span, why)

    def _offset(self, index: Index, access: Access, bound: Mapping[Index, str]) -> tuple[Interval, str]:
        """Return the interval of distances along an index, and what makes it unbounded."""
        match access:
            case Child() | Parent() if index in bound:
                return ANYWHERE, bound[index]
            case Child() | Parent() if index in self.domain:
                return (CHILD if isinstance(access, Child) else PARENT), ""
            case Affine():
                return self._step(index, access, bound)
            case _:
                return ANYWHERE, str(access)

    def _step(self, index: Index, access: Affine, bound: Mapping[Index, str]) -> tuple[Interval, str]:
        terms = dict(access.terms)
        if bound.get(index) == AT_PARENT and access == here(index):
            return PARENT, ""
        if index in bound:
            return ANYWHERE, bound[index]
        if terms.pop(index, 0) != 1 or index not in self.domain:
            return ANYWHERE, "a fixed point" if not access.terms else ""
        low = high = float(access.offset)
        for term, sign in terms.items():
            first, last = self._bounds(term)
            low += first if sign > 0 else -last
            high += last if sign > 0 else -first
        if index.cyclic and (low, high) != HERE:
            return ANYWHERE, "a cyclic range"
        return (low, high), ""

    def _bounds(self, index: Index) -> Interval:
        return self._number(index.low, -math.inf), self._number(index.high, math.inf)

    def _number(self, size: Size | None, otherwise: float) -> float:
        number = None if size is None else self.dims.peek(size)
        return otherwise if number is None else float(number)


def _key(edge: Edge) -> tuple[object, ...]:
    return edge.producer, tuple(edge.offsets.items())
