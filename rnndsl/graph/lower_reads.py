"""Lowering reads: where a quantity is read, and what is read where it has no point."""

from collections.abc import Mapping

from rnndsl.graph.lower_state import Lowering, Scope, compose, refuse
from rnndsl.graph.node import Node
from rnndsl.indices import Access, Affine, Child, End, Index, here
from rnndsl.ops import DType, Op
from rnndsl.semantics.model import Init, Leaf, Length, Number, Position, Read
from rnndsl.semantics.shapes_tokens import whole_number
from rnndsl.sizes import Size

#: How many inits may lead to one another.
MAX_STARTS = 32


def value_of(state: Lowering, name: str) -> int:
    """Return the node of a quantity at its own point, of a target what reads of it see."""
    if name in state.fed:
        return state.fed[name]
    if name in state.params:
        return state.builder.param(state.params[name])
    return observed(state, name) if name in state.inputs else state.values[name]


def observed(state: Lowering, name: str) -> int:
    """Return the node of data at their own point; a real target holds 0 where it is absent."""
    data = state.builder.input(state.inputs[name])
    if state.inputs[name].role != "target" or state.inputs[name].whole:
        return data
    return state.apply(Op.WHERE, state.apply(Op.SEEN, data), data, state.builder.const(0))


def lower_read(state: Lowering, read: Read, scope: Scope) -> int:
    """Lower a read at the point that the scope's indices stand for."""
    composed = {i: compose(a, scope.at) for i, a in zip(state.domain_of(read.name), read.at, strict=True)}
    place = {index: access for index, access in composed.items() if access is not None}
    if len(place) < len(composed):
        return _read_again(state, read, scope)
    operand, kind = value_of(state, read.name), state.typed.quantities[read.name]
    at = needed_accesses(state.node(operand), place)
    init = state.typed.model.inits.get(read.name)
    if init is None or (kind.token and (whole_number(init.value) or 0) < 0):
        return read_at(state, operand, at)
    reached = {index: access for index, access in place.items() if index not in at}
    for part in steps(at):
        reached |= part
        start = None if _all_inside(part) else _start(state, init, reached, scope)
        if start is not None and state.node(operand).dtype is DType.INT and state.node(start).dtype is not DType.INT:
            operand = state.as_real(operand, kind)
        zero = start is None or _is_zero(state.node(start))
        operand = state.builder.read(operand, part, None if zero else start)
    return operand


def read_at(state: Lowering, operand: int, at: Mapping[Index, Access]) -> int:
    """Read a value elsewhere; along every tree by itself. Outside it is zero."""
    for part in steps({index: access for index, access in at.items() if access != here(index)}):
        operand = state.builder.read(operand, part)
    return operand


def steps(at: Mapping[Index, Access]) -> list[dict[Index, Access]]:
    """Take accesses apart into reads that follow one another: one along everything else, then one along each tree.

    That order matters: `h[child(n, j), j-1]` reads at the child what `h[n, j-1]` is there.
    """
    others = {index: access for index, access in at.items() if not index.structured}
    along = [{index: access} for index, access in at.items() if index.structured]
    return [others, *along] if others else along


def _all_inside(at: Mapping[Index, Access]) -> bool:
    return all(_surely_inside(index, access) for index, access in at.items())


def needed_accesses(operand: Node, at: Mapping[Index, Access]) -> dict[Index, Access]:
    """Leave out accesses that change nothing: surely inside, and of an index that the value does not vary over."""
    return {
        index: access for index, access in at.items() if index in operand.domain or not _surely_inside(index, access)
    }


def _surely_inside(index: Index, access: Access) -> bool:
    if index.cyclic or access == here(index):
        return True
    match access:
        case End():
            return not index.ragged
        case Child():
            return access.sure
        case Affine((), offset):
            low, high = index.low.value, index.high.value if index.high is not None else None
            return low is not None and high is not None and low <= offset <= high
        case Affine(((other, 1),), 0):
            same = (other.low, other.high) == (index.low, index.high)
            return same and not index.ragged and not other.ragged
        case _:
            return False


def _is_zero(node: Node) -> bool:
    return node.op is Op.CONST and node.attr == 0.0 and node.dtype is DType.REAL


def _read_again(state: Lowering, read: Read, scope: Scope) -> int:
    """Read where no single access leads: the value as an index set knows it, read once more."""
    plain = state.lower(read, Scope({}, None, scope.owner))
    named = {index for access in read.at for index in access.indices}
    return read_at(state, plain, {index: access for index, access in scope.at.items() if index in named})


def _start(state: Lowering, init: Init, place: Mapping[Index, Access], scope: Scope) -> int:
    """Lower an init at the point that was read (`place`): its indices keep the values that they had."""
    number = whole_number(init.value)
    if state.typed.quantities[init.name].token and number is not None:
        return _start_symbol(state, number, state.typed.quantities[init.name].shape[0])
    if init.name in state.starting or len(state.starting) >= MAX_STARTS:
        way = "no value may be read in an `init` that needs a point outside; give the start as a parameter or a number"
        raise refuse("RNN305", f"the init of `{init.name}` needs an init that needs it again", init.span, way)
    at = {}
    for index, own in zip(init.indices, state.domain_of(init.name), strict=False):
        access = place.get(own, here(own))
        if access != here(index):
            at[index] = access
    state.starting.append(init.name)
    inner = Scope(at, None, scope.owner)
    is_token = state.type(init.value).token and state.typed.quantities[init.name].token
    start = state.lower(init.value, inner) if is_token else state.real(init.value, inner)
    state.starting.pop()
    return start


def _start_symbol(state: Lowering, number: int, size: Size) -> int:
    """Return the one-hot vector of a token given as a number."""
    pieces = ((0.0, Size.of(number)), (1.0, Size.of(1)), (0.0, size - number - 1))
    return state.builder.apply(Op.SEGMENTS, attr=tuple(piece for piece in pieces if piece[1].value != 0))


def lower_position(state: Lowering, position: Position, scope: Scope) -> int:
    """Lower the number of an index's point."""
    builder, index = state.builder, position.index
    match scope.at.get(index, here(index)):
        case End(last):
            if index.ragged:
                return builder.apply(Op.LENGTH, attr=index) if last else builder.const(1)
            return builder.size(index.high if last and index.high is not None else index.low)
        case Affine(terms, offset):
            numbers = []
            for term, sign in terms:
                number = builder.apply(Op.IOTA, attr=term)
                numbers.append(number if sign > 0 else builder.apply(Op.NEG, number))
            if offset or not numbers:
                numbers.append(builder.const(offset))
            return numbers[0] if len(numbers) == 1 else builder.apply(Op.ADD, *numbers)
        case access:
            return builder.read(builder.apply(Op.IOTA, attr=index), {index: access})


def lower_length(state: Lowering, length: Length, scope: Scope) -> int:
    """Lower the number of points of a ragged index."""
    number = state.builder.apply(Op.LENGTH, attr=length.index)
    return number if length.index.of is None else _of_node(state, number, length.index.of, scope)


def lower_leaf(state: Lowering, leaf: Leaf, scope: Scope) -> int:
    """Lower the condition that a node has no first child."""
    number = state.builder.apply(Op.MISSING, attr=Child(leaf.index, Affine((), 1)))
    return _of_node(state, number, leaf.index, scope)


def _of_node(state: Lowering, number: int, node: Index, scope: Scope) -> int:
    """Return a property of nodes at the one that an index stands for."""
    return state.builder.read(number, {node: scope.at.get(node, here(node))})


def lower_number(state: Lowering, number: Number, _: Scope) -> int:
    """Lower a number."""
    return state.builder.const(number.value)
