"""Values at other points: `h[t-1]`, `last(h[t] over t)`, `d_h[parent(n)]`."""

from collections.abc import Callable, Mapping
from typing import Final

from rnndsl.equations.refusal import refuse
from rnndsl.equations.terms import ATOM, SUM, Atom, Value, of
from rnndsl.equations.writing import Place, Writer
from rnndsl.graph.lower_state import compose
from rnndsl.graph.node import Node, ReadAt
from rnndsl.indices import Access, Child, End, Index, Kind, Parent, Root, here
from rnndsl.ops import Op


def composed(writer: Writer, node: Node, index: Index, place: Place) -> Access:
    """Return what an index stands for at a point.

    Raises:
        SpecError: no single access leads there.
    """
    found = compose(here(index), place)
    if found is None:
        raise refuse(node, "a value at the child of a child")
    return found


def read(writer: Writer, number: int, node: Node, place: Place) -> Value:
    """Write a value at another point."""
    if not isinstance(node.attr, ReadAt):
        raise TypeError("READ says where")
    at = dict(node.attr.at)
    ends = {index: access for index, access in at.items() if isinstance(access, End | Root)}
    if ends:
        return _at_end(writer, node, (ends, at), place)
    operand = node.operands[0]
    there = writer.moved(place, at)
    name = writer.naming.names.get(operand)
    wider = writer.naming.wider.get(operand)
    if (
        name is None
        and wider is not None
        and there is not None
        and set(wider.domain) <= set(at) | set(writer.node(operand).domain)
    ):
        return of(writer.reference(wider, operand, there))
    if there is None:
        whole = writer.naming.name(number)
        return of(writer.reference(whole, number, place))
    if name is None and not _moves(writer, operand, at):
        name = writer.naming.name(operand, tuple(at))
        if len(node.operands) > 1:
            writer.inits[name.text] = _start(writer, node)
    if name is not None and not set(at) <= set(name.domain):
        raise refuse(node, "a value that is the same at all points, read where there may be none")
    return writer.without(at).write(operand, there)


def _start(writer: Writer, node: Node) -> float:
    init = writer.node(node.operands[1])
    if not isinstance(init.attr, float):
        raise refuse(node, "the start of what is the same at all points")
    return init.attr


def _moves(writer: Writer, operand: int, at: Place) -> bool:
    """Whether an operand can be written at another point in place of its value there."""
    node = writer.node(operand)
    if node.op in {Op.PARAM, Op.INPUT}:
        return True
    if node.op is Op.READ and not node.adjoint:
        return _moves(writer, node.operands[0], at) or node.operands[0] in writer.naming.names
    vanishing = writer.vanishes(operand)
    return vanishing is not None and set(at) <= vanishing


def _at_end(writer: Writer, node: Node, accesses: tuple[Place, Place], place: Place) -> Value:
    """Write `last(h[t] over t)`, `first(...)`, `root(...)`; other indices are moved inside."""
    ends, at = accesses
    if any(set(access.indices) & set(ends) for access in place.values()):
        raise refuse(node, "an end that is read at a point named by its own index")
    inside = {index: access for index, access in place.items() if index not in ends}
    there = writer.moved(inside, {index: access for index, access in at.items() if index not in ends})
    if there is None:
        raise refuse(node, "an end that is read at several points")
    atom = writer.without(at).write(node.operands[0], there).atom()
    text = atom.text
    for index, access in ends.items():
        text = f"{access}({text} over {index.name})"
    return of(Atom(text, ATOM, atom.rank, atom.free - set(ends)))


def uses(writer: Writer, number: int, node: Node, place: Place) -> Value:
    """Write what a node gets from its parents; where it is the same at all places of a tree, the parent's value."""
    child, operand = node.attr, node.operands[0]
    if not isinstance(child, Child):
        raise TypeError("USES names a child")
    if place.get(child.of):
        return of(writer.reference(writer.naming.name(number), number, place))
    upward = {**place, child.of: Parent(child.of)}
    vanishing = writer.vanishes(operand)
    one_parent = child.of.kind is Kind.TREE and child.sure and writer.stays(operand, child.of)
    if one_parent and vanishing is not None and child.of in vanishing:
        found = writer.without({child.of}).write(operand, upward)
        if not (set(child.slot.indices) - {child.of}) & found.free:
            return found
    return _from_parents(writer, child, operand, place)


def _from_parents(writer: Writer, child: Child, operand: int, place: Place) -> Value:
    """Write `uses(g[n, k] over k)`; of what is read of one child only, `uses(g[n] if k == 2 else 0 over k)`."""
    edge = writer.children(child.of) if not child.sure else child.slot.terms[0][0]
    body = writer.without({child.of, edge}).write(operand, place).atom()
    text = body.text
    if not child.sure:
        text = f"{body.at(SUM)} if {edge.name} == {child.slot} else 0"
        places = [index for index in child.slot.indices if index not in {child.of, edge}]
        text = f"sum({text} over {', '.join(index.name for index in places)})" if places else text
    free = (body.free - {edge, *child.slot.indices}) | {child.of}
    return of(Atom(f"uses({text} over {edge.name})", ATOM, body.rank, free))


RULES: Final[Mapping[Op, Callable[[Writer, int, Node, Place], Value]]] = {Op.READ: read, Op.USES: uses}
