"""Lowering products: `@` becomes a contraction or a look-up, sums of products one contraction over all they sum."""

from collections.abc import Sequence
from typing import Final

from rnndsl.graph.lower_state import Lowering, Scope
from rnndsl.graph.node import Labels
from rnndsl.indices import Domain, Index
from rnndsl.ops import DType, Op
from rnndsl.semantics.model import Apply, Expr
from rnndsl.sizes import Size

#: The operators of one precedence that make a term.
TERM: Final = frozenset({"*", "/", "%", "@"})
#: Letters of value axes by rank: in an elementwise product every operand has the same.
LETTERS = ("", "i", "ij")


def spine(expr: Expr, functions: frozenset[str]) -> tuple[Expr, list[Apply]]:
    """Return the innermost left operand of a chain of operators and the chain from the inside out."""
    chain: list[Apply] = []
    while isinstance(expr, Apply) and expr.function in functions:
        chain.append(expr)
        expr = expr.operands[0]
    return expr, chain[::-1]


def untransposed(expr: Expr) -> tuple[Expr, bool]:
    """Take `transpose` off a matrix; say whether there was one (or an odd number of them)."""
    turned = False
    while isinstance(expr, Apply) and expr.function == "transpose":
        expr, turned = expr.operands[0], not turned
    return expr, turned


def lower_chain(state: Lowering, expr: Apply, scope: Scope) -> int:
    """Lower `a * b / c @ d % e` from the left, however long."""
    first, chain = spine(expr, TERM)
    number: int | None = None
    for apply in chain:
        left = first if number is None else number
        number = _multiply(state, apply, left, scope) if apply.function == "@" else _scale(state, apply, left, scope)
    if number is None:
        raise TypeError(f"{expr.function} is no product")
    return number


def _scale(state: Lowering, apply: Apply, left: Expr | int, scope: Scope) -> int:
    """Lower one `*`, `/` or `%`, whose left operand may be lowered already."""
    a = left if isinstance(left, int) else state.real(left, scope)
    b = state.real(apply.operands[1], scope)
    if apply.function == "/":
        return state.divide(a, b, scope)
    return state.apply(Op.MUL if apply.function == "*" else Op.MOD, a, b)


def _multiply(state: Lowering, product: Apply, left: Expr | int, scope: Scope) -> int:
    """Lower one `@`, whose left operand may be lowered already."""
    second, turned = untransposed(product.operands[1])
    first, first_turned = (left, False) if isinstance(left, int) else untransposed(left)
    a = first if isinstance(first, int) else state.lower(first, scope)
    b = state.lower(second, scope)
    tokens = [state.node(number).dtype is DType.INT for number in (a, b)]
    if any(tokens):
        picked = _look_up(state, (a, first_turned), (b, turned), tokens)
        if picked is not None:
            return picked
    left_type, right_type = (state.type(operand) for operand in product.operands)
    a, b = state.as_real(a, left_type), state.as_real(b, right_type)
    labels = product_labels(state, (a, first_turned), (b, turned))
    return state.builder.product(labels, a, b)


def product_labels(state: Lowering, left: tuple[int, bool], right: tuple[int, bool]) -> Labels:
    """Return the letters of `left @ right`; each operand comes with whether it is transposed."""
    a = "ij" if len(state.node(left[0]).shape) == 2 else "j"
    b = "jk" if len(state.node(right[0]).shape) == 2 else "j"
    out = a.replace("j", "") + b.replace("j", "")
    return Labels((a[::-1] if left[1] else a, b[::-1] if right[1] else b), out)


def _look_up(state: Lowering, left: tuple[int, bool], right: tuple[int, bool], tokens: Sequence[bool]) -> int | None:
    """Return the look-up that a product with a token is; None for a matrix that differs from example to example."""
    (token, _), (other, turned) = (right, left) if tokens[1] else (left, right)
    if all(tokens):
        return None
    node = state.node(other)
    if len(node.shape) == 1:
        return state.apply(Op.PICK, other, token)
    if node.batch:
        return None
    # A token on the right picks a column of the matrix, or a row of what is transposed.
    return state.builder.apply(Op.LOOKUP, other, token, attr=int(tokens[1] != turned))


# Sums over indices ------------------------------------------------------------------------------------------------


def factors(expr: Expr) -> list[Expr]:
    """Return the factors of a product from left to right."""
    first, chain = spine(expr, frozenset({"*"}))
    return [first, *(apply.operands[1] for apply in chain)]


def sum_over(state: Lowering, body: Expr, indices: Domain, scope: Scope) -> int:
    """Lower `sum(body over indices)`: a product is summed factor by factor, so that nothing larger is made."""
    if isinstance(body, Apply) and body.function == "@":
        return _sum_product(state, body, indices, scope)
    return sum_nodes(state, [state.real(factor, scope) for factor in factors(body)], indices)


def _sum_product(state: Lowering, product: Apply, indices: Domain, scope: Scope) -> int:
    number = state.lower(product, scope)
    node = state.node(number)
    summed = [index for index in indices if index in node.domain]
    counted = any(index.of is not None for index in indices if index not in summed)
    if node.op is not Op.CONTRACT or not isinstance(node.attr, Labels) or not summed or counted:
        return sum_nodes(state, [number], indices)
    rest = tuple(index for index in node.domain if index not in summed)
    number = state.builder.contract(node.attr, node.operands, rest, batch=node.batch)
    return sum_nodes(state, [number], tuple(index for index in indices if index not in summed))


def sum_nodes(state: Lowering, numbers: Sequence[int], indices: Domain) -> int:
    """Sum a product over indices: each index only over the factors that vary over it (variable elimination).

    Children go before the nodes whose children they are; how many there are differs from node to node.
    """
    left, waiting, counts = list(numbers), sorted(indices, key=lambda index: index.of is None), list[int]()
    while waiting:
        users = _users(state, left, waiting[0])
        together = tuple(index for index in waiting if _users(state, left, index) == users)
        if not users:  # nodes wait for how many children they have
            owners = {index.of for index in together}
            together = tuple(index for index in together if index not in owners)
        waiting = [index for index in waiting if index not in together]
        if not users:
            differs = any(index.of is not None for index in together)
            (left if differs else counts).extend(count(state, index) for index in together)
            continue
        summed = _contract(state, [left[k] for k in users], together)
        left = [number for k, number in enumerate(left) if k not in users]
        left.insert(users[0], summed)
    return multiply_all(state, left + counts)


def _users(state: Lowering, numbers: Sequence[int], index: Index) -> tuple[int, ...]:
    return tuple(k for k, number in enumerate(numbers) if index in state.node(number).domain)


def _contract(state: Lowering, numbers: Sequence[int], summed: Domain) -> int:
    operands = [numbers[0]] if len(numbers) == 1 else [multiply_all(state, numbers[:-1]), numbers[-1]]
    nodes = [state.node(number) for number in operands]
    letters = tuple(LETTERS[len(node.shape)] for node in nodes)
    domain = tuple(index for node in nodes for index in node.domain if index not in summed)
    labels = Labels(letters, max(letters, key=len))
    return state.builder.contract(labels, operands, domain, batch=any(node.batch for node in nodes))


def multiply_all(state: Lowering, numbers: Sequence[int]) -> int:
    """Multiply component by component."""
    product = numbers[0]
    for number in numbers[1:]:
        product = state.apply(Op.MUL, product, number)
    return product


def count(state: Lowering, index: Index) -> int:
    """Return how many points an index has."""
    if index.ragged:
        return state.builder.apply(Op.LENGTH, attr=index)
    return state.builder.size(index.extent)


def component_sum(state: Lowering, operand: Expr, scope: Scope) -> int:
    """Lower `sum(a)`: of a product of two equal shapes it is their inner product."""
    parts = factors(operand)
    rank = len(state.type(operand).shape)
    if len(parts) == 2 and all(len(state.type(part).shape) == rank for part in parts):
        a, b = (state.real(part, scope) for part in parts)
        return state.builder.product(Labels((LETTERS[rank], LETTERS[rank]), ""), a, b)
    return sum_components(state, state.real(operand, scope))


def sum_components(state: Lowering, number: int) -> int:
    """Sum the components of a value."""
    return state.builder.product(Labels((LETTERS[len(state.node(number).shape)],), ""), number)


def inner(state: Lowering, a: int, b: int) -> int:
    """Return the inner product of two values of one shape."""
    letters = LETTERS[len(state.node(a).shape)]
    return state.builder.product(Labels((letters, letters), ""), a, b)


def component_count(state: Lowering, number: int) -> int:
    """Return the number of components of a value."""
    total = Size.of(1)
    for size in state.node(number).shape:
        total = total * size
    return state.builder.size(total)
