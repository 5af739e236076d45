"""Lowering reads: where a quantity is read, and what is read where it has no point."""

from collections.abc import Mapping

from rnndsl.graph.lower_state import Lowering, Scope, compose, refuse
from rnndsl.graph.node import Node
from rnndsl.indices import Access, Affine, End, Index, here
from rnndsl.ops import DType, Op
from rnndsl.semantics.model import Init, Length, Number, Position, Read
from rnndsl.semantics.shapes_tokens import whole_number
from rnndsl.sizes import Size

#: How many inits may lead to one another.
MAX_STARTS = 32


def value_of(state: Lowering, name: str) -> int:
    """Return the node of a quantity at its own point; a real target holds 0 where it is absent."""
    if name in state.params:
        return state.builder.param(state.params[name])
    if name not in state.inputs:
        return state.values[name]
    data = state.builder.input(state.inputs[name])
    if state.inputs[name].role != "target" or state.inputs[name].token is not None:
        return data
    return state.apply(Op.WHERE, state.apply(Op.SEEN, data), data, state.builder.const(0))


def lower_read(state: Lowering, read: Read, scope: Scope) -> int:
    """Lower a read at the point that the scope's indices stand for."""
    composed = {i: compose(a, scope.at) for i, a in zip(state.domain_of(read.name), read.at, strict=True)}
    at = {index: access for index, access in composed.items() if access is not None}
    if len(at) < len(composed):
        return _read_again(state, read, scope)
    operand = value_of(state, read.name)
    at = needed_accesses(state.node(operand), at)
    if all(_surely_inside(index, access) for index, access in at.items()):
        return state.builder.read(operand, at)
    init = state.typed.model.inits.get(read.name)
    if init is None or (state.typed.quantities[read.name].token and (whole_number(init.value) or 0) < 0):
        return state.builder.read(operand, at)
    start = _start(state, init, read, scope)
    if state.node(operand).dtype is DType.INT and state.node(start).dtype is not DType.INT:
        operand = state.as_real(operand, state.typed.quantities[read.name].shape)
    return state.builder.read(operand, at, None if _is_zero(state.node(start)) else start)


def needed_accesses(operand: Node, at: Mapping[Index, Access]) -> dict[Index, Access]:
    """Leave out accesses that change nothing: surely inside, and of an index that the value does not vary over."""
    return {
        index: access for index, access in at.items() if index in operand.domain or not _surely_inside(index, access)
    }


def _surely_inside(index: Index, access: Access) -> bool:
    if index.cyclic or access == here(index):
        return True
    if isinstance(access, End):
        return not index.ragged
    match access.terms:
        case ():
            low, high = index.low.value, index.high.value if index.high is not None else None
            return low is not None and high is not None and low <= access.offset <= high
        case ((other, 1),):
            same = (other.low, other.high) == (index.low, index.high)
            return access.offset == 0 and same and not index.ragged and not other.ragged
        case _:
            return False


def _is_zero(node: Node) -> bool:
    return node.op is Op.CONST and node.attr == 0.0 and node.dtype is DType.REAL


def _read_again(state: Lowering, read: Read, scope: Scope) -> int:
    """Read where no single access leads: the value as an index set knows it, read once more."""
    plain = state.lower(read, Scope({}, None, scope.owner))
    named = {i for access in read.at if isinstance(access, Affine) for i, _ in access.terms}
    at = {index: access for index, access in scope.at.items() if index in named}
    return state.builder.read(plain, at)


def _start(state: Lowering, init: Init, read: Read, scope: Scope) -> int:
    """Lower an init at the point that was read: its indices keep the values that they had."""
    number = whole_number(init.value)
    if state.typed.quantities[init.name].token and number is not None:
        return _start_symbol(state, number, state.typed.quantities[init.name].shape[0])
    if init.name in state.starting or len(state.starting) >= MAX_STARTS:
        way = "no value may be read in an `init` that needs a point outside; give the start as a parameter or a number"
        raise refuse("RNN305", f"the init of `{init.name}` needs an init that needs it again", init.span, way)
    at = {}
    for index, access in zip(init.indices, read.at, strict=False):
        composed = compose(access, scope.at)
        if composed is not None and composed != here(index):
            at[index] = composed
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
    builder, access = state.builder, scope.at.get(position.index, here(position.index))
    if isinstance(access, End):
        index = position.index
        if index.ragged:
            return builder.apply(Op.LENGTH, attr=index) if access.last else builder.const(1)
        return builder.size(index.high if access.last and index.high is not None else index.low)
    terms = []
    for index, sign in access.terms:
        number = builder.apply(Op.IOTA, attr=index)
        terms.append(number if sign > 0 else builder.apply(Op.NEG, number))
    if access.offset or not terms:
        terms.append(builder.const(access.offset))
    return terms[0] if len(terms) == 1 else builder.apply(Op.ADD, *terms)


def lower_length(state: Lowering, length: Length, _: Scope) -> int:
    """Lower the length of a sequence."""
    return state.builder.apply(Op.LENGTH, attr=length.index)


def lower_number(state: Lowering, number: Number, _: Scope) -> int:
    """Lower a number."""
    return state.builder.const(number.value)
