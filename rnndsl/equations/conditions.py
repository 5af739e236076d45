"""Choices: `a if t == length(t) else b`; component by component with the functions `sign` and `relu`.

The language's conditions are scalar. Of numbers a and b, relu(sign(b - a)) is 1 where a < b and 0 elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from rnndsl.equations.refusal import refuse
from rnndsl.equations.terms import (
    AND,
    CHOICE,
    COMPARISON,
    NOT,
    OR,
    SUM,
    Atom,
    Value,
    add,
    multiply,
    negative,
    number,
    of,
)
from rnndsl.equations.writing import Place, Writer
from rnndsl.graph.node import Node
from rnndsl.indices import Affine, Child, Parent
from rnndsl.ops import Op

_SIGNS: Final = {Op.LESS: "<", Op.LESS_EQUAL: "<=", Op.EQUAL: "=="}
_WORDS: Final = {Op.AND: ("and", AND), Op.OR: ("or", OR)}


def where(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write a choice; a branch knows what the condition says."""
    condition, yes, no = node.operands
    if condition in writer.known:
        return writer.write(yes if writer.known[condition] else no, place)
    if writer.node(condition).shape:
        share = indicator(writer, condition, place)
        chosen, other = writer.write(yes, place), writer.write(no, place)
        return add(multiply(share, chosen), multiply(add(number(1), negative(share)), other))
    test = truth(writer, condition, place)
    a, b = (_branch(writer, (condition, holds), branch, place) for branch, holds in ((yes, True), (no, False)))
    if a == b:
        return of(a)
    text = f"{a.at(CHOICE + 1)} if {test.at(CHOICE + 1)} else {b.text}"
    return of(Atom(text, CHOICE, max(a.rank, b.rank), a.free | b.free | test.free))


def _branch(writer: Writer, fact: tuple[int, bool], branch: int, place: Place) -> Atom:
    condition, holds = fact
    inner = replace(writer, known={**writer.known, condition: holds})
    return inner.write(branch, place).atom()


def truth(writer: Writer, number_: int, place: Place) -> Atom:
    """Write a scalar condition."""
    node = writer.node(number_)
    if node.op in _SIGNS:
        a, b = (writer.write(operand, place).atom() for operand in node.operands)
        return Atom(f"{a.at(SUM)} {_SIGNS[node.op]} {b.at(SUM)}", COMPARISON, 0, a.free | b.free)
    if node.op in _WORDS:
        word, level = _WORDS[node.op]
        a, b = (truth(writer, operand, place) for operand in node.operands)
        return Atom(f"{a.at(level)} {word} {b.at(level + 1)}", level, 0, a.free | b.free)
    if node.op is Op.NOT:
        a = truth(writer, node.operands[0], place)
        return Atom(f"not {a.at(NOT)}", NOT, 0, a.free)
    if node.op is Op.MISSING:
        return _missing(writer, node, place)
    raise refuse(node, f"the condition `{node.op}`")


def _missing(writer: Writer, node: Node, place: Place) -> Atom:
    """Write that a node has no such child, or no parent."""
    attr = node.attr
    if isinstance(attr, Child) and not place.get(attr.of):
        if attr.slot == Affine((), 1):
            return Atom(f"leaf({attr.of.name})", free=frozenset({attr.of}))
        children = writer.children(attr.of)
        return Atom(f"length({children.name}) < {attr.slot}", COMPARISON, 0, frozenset(attr.indices))
    if isinstance(attr, Parent):
        return Atom(f"uses(1 over {writer.children(attr.of).name}) == 0", COMPARISON, 0, frozenset({attr.of}))
    raise refuse(node, "the condition that a node has no such child")


def indicator(writer: Writer, number_: int, place: Place) -> Value:
    """Write a condition as 1 or 0, component by component."""
    node = writer.node(number_)
    match node.op:
        case Op.LESS:
            return _above(_difference(writer, node, place), nonnegative=_from_zero(writer, node))
        case Op.LESS_EQUAL:
            return add(number(1), negative(_above(negative(_difference(writer, node, place)), nonnegative=False)))
        case Op.EQUAL:
            apart = _call("abs", _call("sign", _difference(writer, node, place)))
            return add(number(1), negative(apart))
        case Op.NOT:
            return add(number(1), negative(indicator(writer, node.operands[0], place)))
        case Op.AND:
            return multiply(*(indicator(writer, operand, place) for operand in node.operands))
        case Op.OR:
            neither = [add(number(1), negative(indicator(writer, operand, place))) for operand in node.operands]
            return add(number(1), negative(multiply(*neither)))
        case _:
            raise refuse(node, f"the condition `{node.op}` of components")


def _difference(writer: Writer, node: Node, place: Place) -> Value:
    a, b = (writer.write(operand, place) for operand in node.operands)
    return add(b, negative(a))


def _from_zero(writer: Writer, node: Node) -> bool:
    """Whether 0 is compared with what is never below it."""
    low, high = (writer.node(operand) for operand in node.operands)
    return low.op is Op.CONST and low.attr == 0 and high.op in {Op.RELU, Op.ABS}


def _above(difference: Value, *, nonnegative: bool) -> Value:
    signs = _call("sign", difference)
    return signs if nonnegative else _call("relu", signs)


def _call(function: str, value: Value) -> Value:
    atom = value.atom()
    return of(Atom(f"{function}({atom.text})", rank=atom.rank, free=atom.free))


RULES: Final[Mapping[Op, Callable[[Writer, int, Node, Place], Value]]] = {Op.WHERE: where}
