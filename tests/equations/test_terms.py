"""Sums of products of texts."""

import pytest

from rnndsl.equations.terms import (
    PRODUCT,
    SUM,
    Atom,
    Value,
    add,
    divide,
    multiply,
    negative,
    number,
    number_text,
    of,
)

A, B, N = (of(Atom(name)) for name in "abn")
SUMMED = of(Atom("p + q", SUM))
APPLIED = of(Atom("W @ x", PRODUCT, rank=1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (add(divide(A, N), negative(divide(B, N))), "(a - b) / n"),
        (add(multiply(A, B), multiply(A, N)), "a * (b + n)"),
        (multiply(A, A), "a ^ 2"),
        (multiply(A, A, B), "a ^ 2 * b"),
        (multiply(APPLIED, A), "a * (W @ x)"),
        (multiply(SUMMED, SUMMED), "(p + q) ^ 2"),
        (add(number(1), negative(multiply(A, A))), "1 - a ^ 2"),
        (add(negative(A), B), "b - a"),
        (add(negative(A), negative(B)), "-(a + b)"),
        (negative(multiply(A, B)), "-a * b"),
        (negative(SUMMED), "-(p + q)"),
        (add(A, A), "2 * a"),
        (add(A, negative(A)), "0"),
        (add(A, number(-2)), "a - 2"),
        (multiply(A, number(0)), "0"),
        (multiply(number(2), A, number(-3)), "-6 * a"),
        (divide(A, multiply(B, N)), "a / (b * n)"),
        (divide(A, divide(B, N)), "a * n / b"),
        (divide(number(1), number(4)), "0.25"),
        (divide(A, SUMMED), "a / (p + q)"),
        (divide(number(0), A), "0"),
        (add(A, of(Atom("b if c else d", 0))), "a + (b if c else d)"),
    ],
)
def test_text(value: Value, text: str) -> None:
    assert value.text() == text


def test_rank_and_numbers() -> None:
    assert multiply(A, APPLIED).rank == 1
    assert add(number(2), number(3)).constant == 5
    assert A.constant is None
    assert [number_text(value) for value in (2.0, 0.5, 1e-8, float("inf"))] == ["2", "0.5", "1e-08", "infinity"]
