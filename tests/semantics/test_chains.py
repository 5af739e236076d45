"""Folding long chains, walking expressions."""

import operator
from collections.abc import Callable

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.chains import deeper_than, fold_chain, operate, parts, walk
from rnndsl.semantics.model import Apply, Expr, Number, Over
from rnndsl.semantics.text import print_expression

BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def number(value: float) -> Number:
    return Number(float(value), NOWHERE)


def value(expression: Expr) -> float:
    match expression:
        case Number(value=found):
            return found
        case Apply(function="neg", operands=(one,)):
            return -value(one)
        case Apply(function=function, operands=(left, right)):
            return BINARY[function](value(left), value(right))
    raise AssertionError(expression)


def test_short_chains_are_folded_from_the_left() -> None:
    steps = [("*", number(2)), ("+", number(3)), ("-", number(4))]
    assert print_expression(fold_chain(number(1), steps, NOWHERE)) == "1 * 2 + 3 - 4"


def test_long_runs_are_folded_in_pairs() -> None:
    steps = [("-" if i % 3 else "+", number(i)) for i in range(10_000)]
    folded = fold_chain(number(7), steps, NOWHERE)
    assert not deeper_than(folded, 16)
    assert value(folded) == 7 + sum(-i if i % 3 else i for i in range(10_000))
    product = fold_chain(number(2), [("*", number(2)), ("/", number(2))] * 100, NOWHERE)
    assert value(product) == 2
    assert deeper_than(fold_chain(number(1), [("@", number(1))] * 100, NOWHERE), 50)


def test_comparisons_are_turned() -> None:
    assert print_expression(operate(">", number(1), number(2), NOWHERE)) == "2 < 1"
    assert print_expression(operate(">=", number(1), number(2), NOWHERE)) == "2 <= 1"


def test_walking_visits_everything_once() -> None:
    leaf = number(1)
    tree = Over("sum", Apply("+", (leaf, Apply("neg", (number(2),), NOWHERE)), NOWHERE), (), NOWHERE)
    assert len(list(walk(tree))) == 5
    assert parts(tree) == (tree.body,)
    assert parts(leaf) == ()
