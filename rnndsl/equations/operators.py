"""How every operator is written: one rule each; those that no adjoint of a model has are refused."""

from collections.abc import Callable, Mapping
from typing import Final

from rnndsl.equations import conditions, products, reads
from rnndsl.equations.refusal import refuse
from rnndsl.equations.terms import (
    ATOM,
    CHOICE,
    POWER,
    PRODUCT,
    SUM,
    Atom,
    Value,
    add,
    divide,
    multiply,
    negative,
    number,
    of,
)
from rnndsl.equations.writing import Place, Rule, Writer
from rnndsl.graph.node import Node, Over
from rnndsl.indices import Domain, Index, here
from rnndsl.ops import DType, Op
from rnndsl.sizes import Size


def call(function: str, *values: Value, rank: int | None = None) -> Value:
    """Write a call of a function of components."""
    atoms = [value.atom() for value in values]
    free = frozenset().union(*(atom.free for atom in atoms))
    own = max(atom.rank for atom in atoms) if rank is None else rank
    return of(Atom(f"{function}({', '.join(atom.text for atom in atoms)})", rank=own, free=free))


def _function(function: str) -> Rule:
    return lambda writer, _, node, place: call(function, *(writer.write(one, place) for one in node.operands))


def _name(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write a parameter or input with its declared indices."""
    info = writer.graph.params.get(str(node.attr)) or writer.graph.inputs[str(node.attr)]
    accesses = [str(reads.composed(writer, node, index, place)) for index in info.domain]
    free = frozenset(i for index in info.domain for i in reads.composed(writer, node, index, place).indices)
    rank = 1 if node.dtype is DType.INT and info.shape == () and getattr(info, "token", None) else len(info.shape)
    return of(Atom(info.name + (f"[{', '.join(accesses)}]" if accesses else ""), ATOM, rank, free))


def _const(_: Writer, __: int, node: Node, ___: Place) -> Value:
    return number(float(node.attr)) if isinstance(node.attr, float | int) else number(0)


def _size(_: Writer, __: int, node: Node, ___: Place) -> Value:
    if not isinstance(node.attr, Size):
        raise TypeError("SIZE is a size")
    return _of_size(node.attr)


def _of_size(size: Size) -> Value:
    if size.value is not None:
        return number(size.value)
    text = str(size)
    return of(Atom(text, ATOM if text.isalnum() else SUM))


def _iota(writer: Writer, _: int, node: Node, place: Place) -> Value:
    if not isinstance(node.attr, Index):
        raise TypeError("IOTA names an index")
    access = reads.composed(writer, node, node.attr, place)
    text = str(access)
    level = ATOM if text.isidentifier() or text.isdigit() else PRODUCT - 1
    return of(Atom(text, level, 0, frozenset(access.indices)))


def _length(_: Writer, __: int, node: Node, ___: Place) -> Value:
    if not isinstance(node.attr, Index):
        raise TypeError("LENGTH names an index")
    return of(products.count(node.attr))


def _noise(writer: Writer, number_: int, node: Node, place: Place) -> Value:
    """Write a dropout mask as data."""
    writer.masks.setdefault(number_, writer.naming.free(f"mask_{len(writer.masks) + 1}"))
    points = ", ".join(str(reads.composed(writer, node, index, place)) for index in node.domain)
    text = writer.masks[number_] + (f"[{points}]" if points else "")
    return of(Atom(text, ATOM, len(node.shape), frozenset(node.domain)))


def _add(writer: Writer, _: int, node: Node, place: Place) -> Value:
    tiled = _tiled(writer, node, place)
    return tiled or add(*(writer.write(operand, place) for operand in node.operands))


def _tiled(writer: Writer, node: Node, place: Place) -> Value | None:
    """Write parts that fill a vector side by side as what they are: a concatenation."""
    parts = [writer.node(operand) for operand in node.operands]
    if len(node.shape) > 1 or any(
        part.op is not Op.PLACE or operand in writer.naming.names
        for part, operand in zip(parts, node.operands, strict=True)
    ):
        return None
    pieces = {_start(part): part.operands[0] for part in parts}
    if len(pieces) < len(parts):
        return None
    start, found = Size(), []
    while start in pieces:
        inner = pieces.pop(start)
        found.append(writer.vector(inner, place))
        start = start + writer.node(inner).shape[0]
    return call("concat", *found, rank=1) if not pieces and start == node.shape[0] else None


def _start(node: Node) -> Size:
    if not isinstance(node.attr, Size):
        raise TypeError("SLICE and PLACE have a start")
    return node.attr


def _sub(writer: Writer, _: int, node: Node, place: Place) -> Value:
    first, *rest = (writer.write(operand, place) for operand in node.operands)
    return add(first, *map(negative, rest))


def _neg(writer: Writer, _: int, node: Node, place: Place) -> Value:
    return negative(writer.write(node.operands[0], place))


def _mul(writer: Writer, _: int, node: Node, place: Place) -> Value:
    return multiply(*(writer.write(operand, place) for operand in node.operands))


def _div(writer: Writer, _: int, node: Node, place: Place) -> Value:
    return divide(*(writer.write(operand, place) for operand in node.operands))


def _pow(writer: Writer, _: int, node: Node, place: Place) -> Value:
    base, exponent = (writer.write(operand, place).atom() for operand in node.operands)
    rank, free = max(base.rank, exponent.rank), base.free | exponent.free
    return of(Atom(f"{base.at(ATOM)} ^ {exponent.at(POWER)}", POWER, rank, free))


def _mod(writer: Writer, _: int, node: Node, place: Place) -> Value:
    a, b = (writer.write(operand, place).atom() for operand in node.operands)
    return of(Atom(f"{a.at(PRODUCT + 1)} % {b.at(PRODUCT + 1)}", PRODUCT, max(a.rank, b.rank), a.free | b.free))


def _broadcast(writer: Writer, _: int, node: Node, place: Place) -> Value:
    return writer.write(node.operands[0], place)


def _fold(function: str) -> Rule:
    def rule(writer: Writer, number_: int, node: Node, place: Place) -> Value:
        over = node.attr.indices if isinstance(node.attr, Over) else ()
        if not over:
            rank = 1 if function == "softmax" else 0
            return call(function, writer.vector(node.operands[0], place), rank=rank)
        moved = any(place.get(index, here(index)) != here(index) for index in over)
        if moved and function == "softmax":
            name = writer.naming.name(number_)
            return of(writer.reference(name, number_, place))
        inner, inside = products.bound(writer, node, over, place)
        body = inner.write(node.operands[0], inside).atom()
        names = ", ".join(index.name for index in over)
        free = body.free | set(over) if function == "softmax" else body.free - set(over)
        return of(Atom(f"{function}({body.text} over {names})", ATOM, body.rank, free))

    return rule


def _concat(writer: Writer, _: int, node: Node, place: Place) -> Value:
    return call("concat", *(writer.vector(operand, place) for operand in node.operands), rank=1)


def _slice(writer: Writer, _: int, node: Node, place: Place) -> Value:
    start = _start(node)
    first, last = start + 1, start + node.shape[0]
    body = writer.vector(node.operands[0], place).atom()
    return of(Atom(f"slice({body.text}, {first}, {last})", ATOM, body.rank, body.free))


def _place(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write a vector among zeros."""
    inner = writer.vector(node.operands[0], place)
    before = _start(node)
    after = node.shape[0] - before - writer.node(node.operands[0]).shape[0]
    if len(node.shape) > 1:
        return _rows(writer, node, inner.atom())
    around = [[of(writer.constant(size, 0.0))] if size.value != 0 else [] for size in (before, after)]
    return call("concat", *around[0], inner, *around[1], rank=1)


def _rows(writer: Writer, node: Node, inner: Atom) -> Value:
    """Write rows of a matrix among zeros: a product with the matrix whose rows are unit vectors, or zero."""
    whole = writer.range(node.shape[0], 0).name
    part = writer.range(writer.node(node.operands[0]).shape[0], 1).name
    row = f"{part} + {_start(node)}" if _start(node).value != 0 else part
    return of(
        products.matmul(Atom(f"stack(stack(1 if {whole} == {row} else 0 over {part}) over {whole})", rank=2), inner)
    )


def _stack(writer: Writer, _: int, node: Node, place: Place) -> Value:
    if not isinstance(node.attr, Index):
        raise TypeError("STACK names an index")
    inner, inside = products.bound(writer, node, (node.attr,), place)
    body = inner.write(node.operands[0], inside).atom()
    return of(Atom(f"stack({body.text} over {node.attr.name})", ATOM, body.rank + 1, body.free - {node.attr}))


def _unstack(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write a component as a product with a unit vector: `stack(1 if i == j else 0 over i) @ g`."""
    if not isinstance(node.attr, Index):
        raise TypeError("UNSTACK names an index")
    axis = writer.range(node.attr.extent, 0)
    point = reads.composed(writer, node, node.attr, place)
    before = node.attr.low - 1
    place_text = str(point) if before.value == 0 else f"{point} - ({before})"
    unit = f"stack(1 if {axis.name} == {place_text} else 0 over {axis.name})"
    whole = writer.vector(node.operands[0], place).atom()
    return of(products.matmul(Atom(unit, ATOM, 1, frozenset(point.indices)), whole))


def _segments(writer: Writer, _: int, node: Node, __: Place) -> Value:
    match node.attr:
        case ((float(value), Size() as size),):
            return of(writer.constant(size, value))
        case _:
            raise refuse(node, "a vector of several constants")


def _one_hot(writer: Writer, _: int, node: Node, place: Place) -> Value:
    return products.one_hot(writer, node.operands[0], place)


def _number(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write a token as a number: where it is compared, it is one; points count from the first of their index set."""
    token = writer.node(node.operands[0])
    while token.op is Op.READ:
        token = writer.node(token.operands[0])
    found = writer.write(node.operands[0], place).atom()
    value = of(Atom(found.text, found.level, 0, found.free))
    info = writer.graph.inputs.get(str(token.attr)) if token.op is Op.INPUT else None
    if info is None or info.point is None:
        return value
    return add(value, negative(_of_size(info.point.low)))


def _largest(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write 1 at the first of the largest: where the number of the point is the least of theirs.

    Component by component, a point that is not the largest counts as one behind all others.
    """
    over = node.attr.indices if isinstance(node.attr, Over) else ()
    if not over:
        return _largest_component(writer, node, place)
    nested = any(index.of is not None for index in over) and len(over) > 1
    if nested or any(index in access.indices for index in over for access in place.values()):
        raise refuse(node, "which of several is the first of the largest")
    inner, inside = products.bound(writer, node, over, place)
    body, names = inner.write(node.operands[0], inside).atom(), ", ".join(index.name for index in over)
    position, number_of_points = _position(over)
    largest, free = f"max({body.text} over {names})", body.free | set(over)
    if not node.shape:
        first = f"min({position} if {body.at(SUM)} == {largest} else infinity over {names})"
        return of(Atom(f"1 if {position} == {first} else 0", CHOICE, 0, free))
    behind = f"{number_of_points} * abs(sign({largest} - {body.at(PRODUCT)}))"
    first = f"min({position} + {behind} over {names})"
    return of(Atom(f"1 - abs(sign({position} - {first}))", SUM, body.rank, free))


def _position(over: Domain) -> tuple[str, str]:
    """Return a number that grows from point to point of several index sets, row by row, and how many there are."""
    counts = [products.count(index).text for index in over]
    terms = [" * ".join([index.name, *counts[place + 1 :]]) for place, index in enumerate(over)]
    return " + ".join(terms), " * ".join(counts)


def _largest_component(writer: Writer, node: Node, place: Place) -> Value:
    """Write the unit vector of the first of the largest components of a vector."""
    if len(node.shape) != 1:
        raise refuse(node, "which component is the first of the largest")
    vector = writer.vector(node.operands[0], place).atom()
    i, j, k = (writer.range(node.shape[0], number_).name for number_ in range(3))
    component = f"stack(1 if {k} == {j} else 0 over {k}) @ {vector.at(POWER)}"
    first = f"min({j} if {component} == max({vector.text}) else infinity over {j})"
    return of(Atom(f"stack(1 if {i} == {first} else 0 over {i})", ATOM, 1, vector.free))


def _refused(_: Writer, __: int, node: Node, ___: Place) -> Value:
    raise refuse(node, f"`{node.op}`")


#: Conditions, which are written where they are asked for (`conditions.py`), and what no adjoint of a model has.
ELSEWHERE: Final = (
    Op.LESS, Op.LESS_EQUAL, Op.EQUAL, Op.NOT, Op.AND, Op.OR, Op.MISSING, Op.SEEN, Op.FRESH,
    Op.VAR, Op.RANDOM, Op.OPTION, Op.ACTIVATE, Op.TEMPER, Op.TOP, Op.BEAM,
)  # fmt: skip

RULES: Final[Mapping[Op, Callable[[Writer, int, Node, Place], Value]]] = {
    **dict.fromkeys(ELSEWHERE, _refused),
    **{op: _function(op.value) for op in (Op.TANH, Op.SIGMOID, Op.RELU, Op.SOFTPLUS, Op.EXP, Op.LOG, Op.SQRT)},
    **{op: _function(op.value) for op in (Op.ABS, Op.SIGN, Op.SIN, Op.COS, Op.MINIMUM, Op.MAXIMUM)},
    **products.RULES,
    **reads.RULES,
    **conditions.RULES,
    Op.STOP: _function("stop_gradient"),
    Op.PARAM: _name,
    Op.INPUT: _name,
    Op.CONST: _const,
    Op.SIZE: _size,
    Op.IOTA: _iota,
    Op.LENGTH: _length,
    Op.NOISE: _noise,
    Op.NEG: _neg,
    Op.ADD: _add,
    Op.SUB: _sub,
    Op.MUL: _mul,
    Op.DIV: _div,
    Op.POW: _pow,
    Op.MOD: _mod,
    Op.BROADCAST: _broadcast,
    Op.SOFTMAX: _fold("softmax"),
    Op.LOGSUMEXP: _fold("logsumexp"),
    Op.MAX: _fold("max"),
    Op.FIRST_MAX: _largest,
    Op.CONCAT: _concat,
    Op.SLICE: _slice,
    Op.PLACE: _place,
    Op.STACK: _stack,
    Op.UNSTACK: _unstack,
    Op.SEGMENTS: _segments,
    Op.ONE_HOT: _one_hot,
    Op.NUMBER: _number,
}
