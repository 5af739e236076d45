"""Sizes: a union-find over the sizes of axes, with symbolic sizes as constants.

Two sizes are equal only when their canonical forms are: `hidden` and `width` never match because both happen to be 20.
Every union is kept as an edge, so that a conflict can tell the way by which each side came about.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rnndsl.diagnostics.span import Span
from rnndsl.semantics.shapes_constraints import Constraint, Kind, Variable
from rnndsl.sizes import Size


@dataclass(frozen=True, slots=True)
class Source:
    """Where a size is said: in a declaration, or in an operator such as `slice`."""

    size: Size
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Clash:
    """Two sizes that `constraint` makes equal and that are not; each with its nearest source."""

    constraint: Constraint | None
    left: Source
    right: Source


@dataclass
class Sizes:
    """Classes of equal sizes."""

    parent: list[int] = field(default_factory=list)
    known: dict[int, Size] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)
    edges: list[list[int]] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)

    def new(self) -> int:
        """Return a new size of which nothing is known."""
        self.parent.append(len(self.parent))
        self.edges.append([])
        return self.parent[-1]

    def root(self, axis: int) -> int:
        """Return the representative of a class."""
        while self.parent[axis] != axis:
            self.parent[axis] = self.parent[self.parent[axis]]
            axis = self.parent[axis]
        return axis

    def size(self, axis: int) -> Size | None:
        """Return the size of an axis if it is known."""
        return self.known.get(self.root(axis))

    def assign(self, axis: int, source: Source, constraint: Constraint | None = None) -> None:
        """Say what a size is."""
        root = self.root(axis)
        known = self.known.setdefault(root, source.size)
        if known == source.size:
            self.sources.setdefault(axis, source)
        else:
            self.clashes.append(Clash(constraint, self.nearest(axis), source))

    def unify(self, left: int, right: int, constraint: Constraint) -> None:
        """Make two sizes equal; a clash is recorded and leaves both as they are."""
        a, b = self.root(left), self.root(right)
        if a == b:
            return
        x, y = self.known.get(a), self.known.get(b)
        if x is not None and y is not None and x != y:
            self.clashes.append(Clash(constraint, self.nearest(left), self.nearest(right)))
            return
        self.parent[b] = a
        if x is None and y is not None:
            self.known[a] = y
        self.edges[left].append(right)
        self.edges[right].append(left)

    def nearest(self, axis: int) -> Source:
        """Return the source from which a known size came to an axis by the fewest steps."""
        queue, seen = deque([axis]), {axis}
        while queue:
            here = queue.popleft()
            if here in self.sources:
                return self.sources[here]
            fresh = [there for there in self.edges[here] if there not in seen]
            seen.update(fresh)
            queue.extend(fresh)
        raise LookupError("a size is known without a source")

    def all_nearest(self) -> dict[int, Source]:
        """Return the nearest source of every axis whose size is known, in one walk."""
        found = dict(sorted(self.sources.items()))
        queue = deque(found)
        while queue:
            here = queue.popleft()
            for there in self.edges[here]:
                if there not in found:
                    found[there] = found[here]
                    queue.append(there)
        return found


def _elementwise(constraint: Constraint, sizes: Sizes) -> bool:
    for operand in constraint.operands:
        if operand.rank == constraint.result.rank:
            _unify_all(operand, constraint.result, constraint, sizes)
    return True


def _unify_all(left: Variable, right: Variable, constraint: Constraint, sizes: Sizes) -> None:
    for a, b in zip(left.axes, right.axes, strict=True):
        sizes.unify(a, b, constraint)


def _product(constraint: Constraint, sizes: Sizes) -> bool:
    left, right = (operand.axes for operand in constraint.operands)
    sizes.unify(left[-1], right[0], constraint)
    for a, b in zip((*left[:-1], *right[1:]), constraint.result.axes, strict=True):
        sizes.unify(a, b, constraint)
    return True


def _alike(constraint: Constraint, sizes: Sizes) -> bool:
    left, right = constraint.operands
    _unify_all(left, right, constraint, sizes)
    return True


def _outer(constraint: Constraint, sizes: Sizes) -> bool:
    left, right = constraint.operands
    for a, b in zip((*left.axes, *right.axes), constraint.result.axes, strict=True):
        sizes.unify(a, b, constraint)
    return True


def _transpose(constraint: Constraint, sizes: Sizes) -> bool:
    for a, b in zip(constraint.operands[0].axes[::-1], constraint.result.axes, strict=True):
        sizes.unify(a, b, constraint)
    return True


def _said(constraint: Constraint, size: Size) -> Source:
    return Source(size, f"`{constraint.symbol}` makes it `{size}`", constraint.span)


def _needs(constraint: Constraint, sizes: Sizes) -> bool:
    for size in constraint.sizes:
        sizes.assign(constraint.operands[0].axes[0], _said(constraint, size), constraint)
    return True


def _stack(constraint: Constraint, sizes: Sizes) -> bool:
    sizes.assign(constraint.result.axes[0], _said(constraint, constraint.sizes[0]), constraint)
    for a, b in zip(constraint.operands[0].axes, constraint.result.axes[1:], strict=True):
        sizes.unify(a, b, constraint)
    return True


def _slice(constraint: Constraint, sizes: Sizes) -> bool:
    first, last = constraint.sizes
    sizes.assign(constraint.result.axes[0], _said(constraint, last - first + 1), constraint)
    for a, b in zip(constraint.operands[0].axes[1:], constraint.result.axes[1:], strict=True):
        sizes.unify(a, b, constraint)
    return True


def _part(constraint: Constraint, sizes: Sizes) -> bool:
    whole, part, count = constraint.operands[0].axes, constraint.result.axes, constraint.sizes[1]
    for a, b in zip(whole[1:], part[1:], strict=True):
        sizes.unify(a, b, constraint)
    total, one = sizes.size(whole[0]), sizes.size(part[0])
    if total is not None:
        sizes.assign(part[0], _said(constraint, total // count), constraint)
    elif one is not None:
        sizes.assign(whole[0], _said(constraint, one * count), constraint)
    return total is not None or one is not None


def _concat(constraint: Constraint, sizes: Sizes) -> bool:
    """Add sizes up; from the whole and all but one (perhaps repeated) part follows that part."""
    whole = constraint.result.axes[0]
    known, unknown = Size(), []
    for operand in constraint.operands:
        size = sizes.size(operand.axes[0]) if operand.axes else Size.of(1)
        if size is None:
            unknown.append(sizes.root(operand.axes[0]))
        else:
            known = known + size
    if not unknown:
        sizes.assign(whole, _said(constraint, known), constraint)
        return True
    total = sizes.size(whole)
    if total is None or len(set(unknown)) > 1:
        return False
    axis = next(o.axes[0] for o in constraint.operands if o.axes and sizes.size(o.axes[0]) is None)
    sizes.assign(axis, _said(constraint, (total - known) // len(unknown)), constraint)
    return True


#: What a constraint says of sizes; False when too little is known yet to say it.
SIZE_RULES: Final[Mapping[Kind, Callable[[Constraint, Sizes], bool]]] = {
    Kind.ELEMENTWISE: _elementwise,
    Kind.EQUAL: _elementwise,
    Kind.FITS: _elementwise,
    Kind.NEEDS: _needs,
    Kind.PRODUCT: _product,
    Kind.ALIKE: _alike,
    Kind.OUTER: _outer,
    Kind.TRANSPOSE: _transpose,
    Kind.CONCAT: _concat,
    Kind.PART: _part,
    Kind.SLICE: _slice,
    Kind.STACK: _stack,
}


def unify_sizes(sizes: Sizes, constraints: Iterable[Constraint]) -> None:
    """Apply all constraints; those that add or divide sizes again, until no more becomes known."""
    waiting = [constraint for constraint in constraints if not SIZE_RULES[constraint.kind](constraint, sizes)]
    progress = True
    while waiting and progress:
        # In alternating directions: a chain of joined vectors is followed in either order of writing.
        left = [constraint for constraint in reversed(waiting) if not SIZE_RULES[constraint.kind](constraint, sizes)]
        progress, waiting = len(left) < len(waiting), left
