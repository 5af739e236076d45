"""The adjoint of a read: the operand's cotangent is read at the solved points; the init collects what fell outside."""

from collections.abc import Mapping

from rnndsl.autodiff.fit import fit, total
from rnndsl.autodiff.inverse import Expression, point, solve
from rnndsl.autodiff.site import Contributions, Site
from rnndsl.graph.errors import GraphError
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Access, Affine, Child, End, Index, Parent, Root, here, ordered
from rnndsl.ops import Op


def read(site: Site, g: int) -> Contributions:
    """Return contributions that are already those of the operand and of the init."""
    attr = site.node.attr
    if not isinstance(attr, ReadAt):
        raise TypeError("READ says where")
    at = dict(attr.at)
    ((_, access), *_) = attr.at
    along = isinstance(access, Child | Parent | Root)
    found: list[int | None] = [_along_structure(site, g, attr) if along else _to_operand(site, g, at)]
    if len(site.node.operands) > 1:
        found.append(_to_init(site, g, at))
    return found


def _consumers(at: Mapping[Index, Access]) -> set[Index]:
    return set(ordered({term for access in at.values() for term in access.indices}))


# The operand ------------------------------------------------------------------------------------------------------


def _to_operand(site: Site, g: int, at: Mapping[Index, Access]) -> int:
    builder, operand = site.builder, site.operand(0)
    kept = tuple(index for index in operand.domain if index not in at)
    terms = _consumers(at)
    foreign = {index for index in site.node.domain if index not in kept and index not in terms}
    if foreign:
        g = total(builder, g, foreign)
    inverse = solve(kept, at)
    free = terms - set(inverse.solved)
    g = builder.read(g, inverse.at)
    for index, value in inverse.equal:
        if value.consumers():
            _refuse_collision(index, free)
            g = site.where(_meets(site, index, value), g)
    if free:
        g = total(builder, g, free)
    for index, value in inverse.equal:
        if not value.consumers():
            g = site.where(_meets(site, index, value), g)
    for index, access in at.items():
        if isinstance(access, End):
            g = site.where(_at_end(site, index, last=access.last), g)
    return fit(builder, g, operand, ((), site.node.batch))


def _along_structure(site: Site, g: int, attr: ReadAt) -> int:
    """Return the cotangent of what is read along a tree or dag.

    A child gets it from all its parents; a parent from its children; the root is the one node without a parent.
    """
    builder, operand = site.builder, site.operand(0)
    ((index, access),) = attr.at
    kept = {other for other in operand.domain if other != index} | set(access.indices)
    foreign = {other for other in site.node.domain if other not in kept}
    if foreign:
        g = total(builder, g, foreign)
    match access:
        case Child():
            g = _to_children(site, g, access)
        case Parent():
            child = builder.children_of(index)
            there = builder.read(g, {index: Child(index, here(child))}) if index in builder.nodes[g].domain else g
            g = total(builder, there, {child})
        case _:
            g = site.where(site.op(Op.MISSING, attr=Parent(index)), g)
    return fit(builder, g, operand, ((), site.node.batch))


def _to_children(site: Site, g: int, child: Child) -> int:
    """Sum what a node gets from those whose child it is; the places that its value depends on stay apart."""
    builder, slot = site.builder, child.slot
    for place in slot.indices:
        if place not in site.operand(0).domain:
            continue
        twin = builder.fresh(place)
        same = site.op(Op.EQUAL, site.op(Op.IOTA, attr=twin), site.op(Op.IOTA, attr=place))
        g = site.where(same, builder.read(g, {place: here(twin)}))
        terms = [(twin if term == place else term, sign) for term, sign in slot.terms]
        slot = Affine(tuple(sorted(terms, key=lambda term: term[0].sort_key)), slot.offset)
    dual, node = Child(child.of, slot), builder.nodes[g]
    g = builder.broadcast(g, ordered({*node.domain, *dual.indices}), node.shape, batch=True)
    return site.op(Op.USES, g, attr=dual)


def uses(site: Site, g: int) -> Contributions:
    """Return the cotangent of the child for each of those that it was summed from."""
    child = site.node.attr
    if not isinstance(child, Child):
        raise TypeError("USES names a child")
    if child.sure and child.of not in site.builder.nodes[g].domain:
        return [g]
    return [site.builder.read(g, {child.of: child})]


def _refuse_collision(index: Index, free: set[Index]) -> None:
    if index in free:
        raise GraphError(f"a read along {index.name} that has no inverse")


def _meets(site: Site, index: Index, value: Expression) -> int:
    """Say where a point's index is what an expression says; round a cyclic range, up to whole turns."""
    if not index.cyclic:
        return site.op(Op.EQUAL, _number(site, point(index)), _number(site, value))
    turns = site.op(Op.MOD, _number(site, point(index).plus(value, -1)), site.size(index.extent))
    return site.op(Op.EQUAL, turns, site.const(0))


def _number(site: Site, value: Expression) -> int:
    """Return the number of an expression; points of the operand and of the consumer are on axes of their own here."""
    terms = []
    for (_, index), n in value.terms.items():
        iota = site.op(Op.IOTA, attr=index)
        terms.append(iota if n == 1 else site.mul(site.const(n), iota))
    if value.offset or not terms:
        terms.append(site.const(value.offset))
    return terms[0] if len(terms) == 1 else site.op(Op.ADD, *terms)


def _at_end(site: Site, index: Index, *, last: bool) -> int:
    return site.op(Op.EQUAL, site.op(Op.IOTA, attr=index), _end(site, index, last=last))


def _end(site: Site, index: Index, *, last: bool) -> int:
    if not last:
        return site.size(index.low)
    return site.op(Op.LENGTH, attr=index) if index.high is None else site.size(index.high)


# The init ---------------------------------------------------------------------------------------------------------


def _to_init(site: Site, g: int, at: Mapping[Index, Access]) -> int | None:
    init, node = site.operand(1), site.node
    step = _single_step(at)
    if step is not None and step[0] not in init.domain:
        index, forward = step
        edge = site.builder.read(g, {index: End(last=forward)})
        if index.ragged and not forward:
            edge = site.where(site.op(Op.FRESH, attr=index), edge)
        scope = tuple(other for other in node.domain if other != index)
        return fit(site.builder, edge, init, (scope, node.batch))
    outside = _outside(site, at)
    if outside is None:
        return None
    return fit(site.builder, site.where(outside, g), init, (node.domain, node.batch))


def _single_step(at: Mapping[Index, Access]) -> tuple[Index, bool] | None:
    """Return the index and whether the step is forward, of a read of `t - 1` or `t + 1` and nothing else."""
    if len(at) > 1:
        return None
    ((index, access),) = at.items()
    if index.cyclic or not isinstance(access, Affine) or access.terms != ((index, 1),) or abs(access.offset) != 1:
        return None
    return index, access.offset > 0


def _outside(site: Site, at: Mapping[Index, Access]) -> int | None:
    """Say at which consumers a read falls outside; None if never."""
    found: list[int] = []
    for index, access in at.items():
        if isinstance(access, Affine):
            found.extend(_beyond(site, index, access))
        elif isinstance(access, Child | Parent):
            found += [] if isinstance(access, Child) and access.sure else [site.op(Op.MISSING, attr=access)]
        elif index.ragged:
            found.append(site.op(Op.EQUAL, site.op(Op.LENGTH, attr=index), site.const(0)))
    if not found:
        return None
    condition = found[0]
    for other in found[1:]:
        condition = site.op(Op.OR, condition, other)
    return condition


def _beyond(site: Site, index: Index, access: Affine) -> list[int]:
    """Say where an access is below the first and where it is above the last point, as far as it can be."""
    if index.cyclic:
        return []
    lowest, highest = _reach(index, access)
    value = _number(site, Expression({(True, term): sign for term, sign in access.terms}, access.offset))
    found = []
    if lowest is None or lowest < 0:
        below = site.op(Op.LESS, value, _end(site, index, last=False))
        fresh = [site.op(Op.FRESH, attr=index)] if index.ragged else []  # before a later chunk are carried values
        found.append(site.op(Op.AND, below, *fresh) if fresh else below)
    if highest is None or highest > 0:
        found.append(site.op(Op.LESS, _end(site, index, last=True), value))
    return found


def _reach(index: Index, access: Affine) -> tuple[int | None, int | None]:
    """Return how far from the same point an access reads, down and up; None where that is not known."""
    others = [(term, sign) for term, sign in access.terms if (term, sign) != (index, 1)]
    if len(others) == len(access.terms):
        return None, None
    lowest: int | None = access.offset
    highest: int | None = access.offset
    for term, sign in others:
        ends = _ends(term) if sign > 0 else tuple(None if end is None else -end for end in reversed(_ends(term)))
        lowest = None if lowest is None or ends[0] is None else lowest + ends[0]
        highest = None if highest is None or ends[1] is None else highest + ends[1]
    return lowest, highest


def _ends(index: Index) -> tuple[int | None, int | None]:
    if index.high is None:
        return 1, None
    return index.low.value, index.high.value
