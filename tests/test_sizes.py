"""Sizes: one canonical form per polynomial, and evaluation that agrees with arithmetic on numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnndsl.sizes import Quotient, Size

N, M = Size.of("n"), Size.of("m")
NAMES = {"n": 5, "m": 3}
NAMED = st.dictionaries(st.sampled_from(["n", "m"]), st.integers(1, 50), min_size=2, max_size=2)
LEAVES = st.one_of(st.integers(-9, 9).map(Size.of), st.sampled_from([N, M]))
SIZES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] - pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(inner, st.integers(1, 7)).map(lambda pair: pair[0] // pair[1]),
        st.tuples(inner, st.integers(1, 7)).map(lambda pair: pair[0] % pair[1]),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (Size(), "0"),
        (Size.of(7), "7"),
        (N, "n"),
        (4 * N + 1, "4*n + 1"),
        (1 + N * 4, "4*n + 1"),
        (N - M, "n - m"),
        (M * N - 2, "m*n - 2"),
        (N * -1, "-n"),
        ((N + 1) * (N - 1), "n*n - 1"),
        (N - N, "0"),
        (N * 0, "0"),
        (4 * N // 2, "2*n"),
        ((N + 1) // 2, "((n + 1) // 2)"),
        (N % 2 + 1, "(n % 2) + 1"),
        (N // M * M, "(n // m)*m"),
        (N // (N - 1), "(n // (n - 1))"),
        (N // Size.of(-2), "(n // (-2))"),
    ],
)
def test_printed(size: Size, text: str) -> None:
    assert str(size) == text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (N + M, M + N, True),
        (N * M, M * N, True),
        (2 * (N + 1), N + 2 + N, True),
        (N // M * M, M * (N // M), True),
        (N // N, Size.of(1), True),
        (Size.of(7) // 2, Size.of(3), True),
        (Size.of(7) % 4, Size.of(3), True),
        (N + 1, M, False),
        (N // 2 * 2, N, False),
        (N // 2, N % 2, False),
    ],
)
def test_equal_exactly_when_the_form_is(one: Size, other: Size, same: bool) -> None:  # noqa: FBT001 - a table's column
    assert (one == other) is same
    assert not same or hash(one) == hash(other)


def test_what_is_a_number_and_what_a_name() -> None:
    assert [size.value for size in (Size(), Size.of(3), N, N + 1, N - N + 2)] == [0, 3, None, None, 2]
    assert [size.symbol for size in (N, 2 * N, N * N, N + 1, Size.of(1), N // M)] == ["n", None, None, None, None, None]
    assert [sorted(size.dims) for size in (Size.of(4), N * M + 1, N // (M + 1))] == [[], ["m", "n"], ["m", "n"]]
    assert Size.of(N) is N


@given(SIZES, NAMED)
def test_python_reads_what_is_printed(size: Size, values: dict[str, int]) -> None:
    assert eval(str(size), {}, dict(values)) == size.evaluate(values)  # noqa: S307 - printed by us


@given(SIZES, SIZES, NAMED)
def test_arithmetic_is_that_of_numbers(one: Size, other: Size, values: dict[str, int]) -> None:
    a, b = one.evaluate(values), other.evaluate(values)
    assert (one + other).evaluate(values) == a + b
    assert (one - other).evaluate(values) == a - b
    assert (one * other).evaluate(values) == a * b
    if b:
        assert (one // other).evaluate(values) == a // b
        assert (one % other).evaluate(values) == a % b


@given(SIZES, SIZES, NAMED)
def test_substitution_is_evaluation_inside(size: Size, inner: Size, values: dict[str, int]) -> None:
    replaced = size.substitute({"n": inner})
    assert replaced.evaluate(values) == size.evaluate({**values, "n": inner.evaluate(values)})


def test_dimensions_that_are_not_given() -> None:
    with pytest.raises(KeyError, match="m"):
        (N * M).evaluate({"n": 5})
    assert (N * M).substitute({"k": Size.of(2)}) == N * M


def test_a_quotient_of_known_numbers_is_worked_out_once_they_are_known() -> None:
    assert ((N + 1) // M).terms == (((Quotient(N + 1, M),), 1),)
    assert ((N + 1) // M).substitute({"n": Size.of(8), "m": Size.of(2)}) == Size.of(4)
    assert ((N + 1) % M).substitute({"n": Size.of(8), "m": Size.of(2)}) == Size.of(1)
