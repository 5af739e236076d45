"""Lowering one expression: sums, conditions and branches here, everything else by its own rule."""

from typing import Final

from rnndsl.graph.lower_folds import lower_over
from rnndsl.graph.lower_functions import RECIPES
from rnndsl.graph.lower_products import TERM, lower_chain, spine
from rnndsl.graph.lower_reads import lower_leaf, lower_length, lower_number, lower_position, lower_read, read_at
from rnndsl.graph.lower_state import Lowering, Scope, compose, refuse
from rnndsl.indices import here
from rnndsl.ops import DType, Op
from rnndsl.semantics.model import Apply, Dimension, Expr, Leaf, Length, Number, Over, Position, Read

SUM: Final = frozenset({"+", "-"})
LOGIC: Final = frozenset({"and", "or"})
COMPARISONS: Final = {"<": Op.LESS, "<=": Op.LESS_EQUAL, "==": Op.EQUAL, "!=": Op.EQUAL}


def lower_expression(state: Lowering, expr: Expr, scope: Scope) -> int:
    """Lower an expression; recursion goes into its nesting only, long chains of operators are taken apart."""
    match expr:
        case Number():
            return lower_number(state, expr, scope)
        case Dimension(size=size):
            return state.builder.size(size)
        case Position():
            return lower_position(state, expr, scope)
        case Length():
            return lower_length(state, expr, scope)
        case Leaf():
            return lower_leaf(state, expr, scope)
        case Read():
            return lower_read(state, expr, scope)
        case Over():
            return lower_over(state, expr, scope)
        case Apply():
            return _lower_apply(state, expr, scope)


def _lower_apply(state: Lowering, expr: Apply, scope: Scope) -> int:
    name = expr.function
    if name in SUM:
        return _lower_sum(state, expr, scope)
    if name in TERM:
        return lower_chain(state, expr, scope)
    if name in LOGIC:
        return _lower_logic(state, expr, scope)
    if name in COMPARISONS:
        return _lower_comparison(state, expr, scope)
    match name:
        case "not":
            return state.apply(Op.NOT, _truth(state, expr.operands[0], scope))
        case "if":
            return _lower_choice(state, expr, scope)
        case "log_prob":
            return _lower_log_prob(state, expr, scope)
        case _ if name in RECIPES:
            return RECIPES[name](state, expr, scope)
        case _:
            raise refuse("RNN490", f"`{name}` is not supported yet", expr.span, "write it with the functions that are")


# Sums -------------------------------------------------------------------------------------------------------------


def _terms(expr: Expr) -> list[tuple[Expr, bool]]:
    """Return the terms of nested sums from left to right, and whether they are subtracted."""
    terms: list[tuple[Expr, bool]] = []
    stack = [(expr, False)]
    while stack:
        part, minus = stack.pop()
        if isinstance(part, Apply) and part.function in SUM:
            left, right = part.operands
            stack += [(right, minus != (part.function == "-")), (left, minus)]
        elif isinstance(part, Apply) and part.function == "neg":
            stack.append((part.operands[0], not minus))
        else:
            terms.append((part, minus))
    return terms


def _lower_sum(state: Lowering, expr: Apply, scope: Scope) -> int:
    """Lower a chain of `+` and `-`: what is added less what is subtracted."""
    added: list[int] = []
    subtracted: list[int] = []
    for term, minus in _terms(expr):
        (subtracted if minus else added).append(state.real(term, scope))
    if not added:
        return state.apply(Op.NEG, _add(state, subtracted))
    return state.apply(Op.SUB, _add(state, added), _add(state, subtracted)) if subtracted else _add(state, added)


def _add(state: Lowering, numbers: list[int]) -> int:
    return numbers[0] if len(numbers) == 1 else state.apply(Op.ADD, *numbers)


# Conditions -------------------------------------------------------------------------------------------------------


def _truth(state: Lowering, expr: Expr, scope: Scope) -> int:
    """Lower a condition; a number is true where it is not 0."""
    number = state.lower(expr, scope)
    if state.node(number).dtype is DType.BOOL:
        return number
    number = _as_number(state, number, expr)
    return state.apply(Op.NOT, state.apply(Op.EQUAL, number, state.builder.const(0)))


def _as_number(state: Lowering, number: int, expr: Expr) -> int:
    """Return a value that is compared: of a token its number, -1 where it is absent."""
    kind = state.type(expr)
    if state.node(number).dtype is DType.INT and kind.token:
        return state.apply(Op.NUMBER, number)
    return state.as_real(number, kind)


def _lower_comparison(state: Lowering, expr: Apply, scope: Scope) -> int:
    left, right = (_as_number(state, state.lower(operand, scope), operand) for operand in expr.operands)
    truth = state.apply(COMPARISONS[expr.function], left, right)
    return state.apply(Op.NOT, truth) if expr.function == "!=" else truth


def _lower_logic(state: Lowering, expr: Apply, scope: Scope) -> int:
    first, chain = spine(expr, LOGIC)
    number = _truth(state, first, scope)
    for apply in chain:
        other = _truth(state, apply.operands[1], scope)
        number = state.apply(Op.AND if apply.function == "and" else Op.OR, number, other)
    return number


def _lower_choice(state: Lowering, expr: Apply, scope: Scope) -> int:
    """Lower `value if condition else otherwise`; each branch is kept from what the other one takes."""
    condition, value, otherwise = expr.operands
    test = _truth(state, condition, scope)
    yes = scope.guarded(_both(state, scope.guard, test))
    no = scope.guarded(_both(state, scope.guard, state.apply(Op.NOT, test)))
    branch = state.lower if state.type(expr).token else state.real
    return state.apply(Op.WHERE, test, branch(value, yes), branch(otherwise, no))


def _both(state: Lowering, outer: int | None, test: int) -> int:
    return test if outer is None else state.apply(Op.AND, outer, test)


# Likelihoods ------------------------------------------------------------------------------------------------------


def _lower_log_prob(state: Lowering, expr: Apply, scope: Scope) -> int:
    """Read a target's log-likelihood at a point; outside it is 0."""
    (target,) = expr.operands
    if not isinstance(target, Read):
        raise TypeError("`log_prob` takes a read of a random target")
    at = {}
    for index, access in zip(state.domain_of(target.name), target.at, strict=True):
        composed = compose(access, scope.at)
        if composed is None:
            way = "give the log-likelihood an equation of its own, and read that"
            raise refuse("RNN490", "a log-likelihood read at such a point is not supported yet", expr.span, way)
        at[index] = composed
    moved = {index: access for index, access in at.items() if access != here(index)}
    return read_at(state, state.drawn[target.name], moved)
