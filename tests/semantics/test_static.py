"""Compile-time evaluation."""

import math

import pytest

from rnndsl.semantics.findings import ReportedError
from rnndsl.sizes import Size
from tests.semantics.specs import expression, static


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2 + 3 * 4", Size.of(14)),
        ("n", Size.of("n")),
        ("2 * n + m - n", Size.of("n") + Size.of("m")),
        ("n * m / m", Size.of("n") * Size.of("m") // Size.of("m")),
        ("4 * n / 2", Size.of("n") * 2),
        ("n ^ 2", Size.of("n") * Size.of("n")),
        ("2 ^ 10", Size.of(1024)),
        ("7 % 4", Size.of(3)),
        ("(-1) ^ 1000001", Size.of(-1)),
        ("-l", Size.of(-3)),
    ],
)
def test_sizes_stay_symbolic(text: str, size: Size) -> None:
    found = static(l=Size.of(3))
    assert found.size(expression(text)) == size
    assert not any(dim.fixed for dim in found.dims.table().values())


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("n > 3", True),
        ("n == 4 and l != 3", False),
        ("l < 4 or m > 1", True),
        ("not rate >= 0.5", False),
        ("l <= 3 and rate < 1", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:  # noqa: FBT001
    assert static(l=Size.of(3), rate=0.5).truth(expression(text)) is holds


def test_what_a_condition_needs_becomes_fixed() -> None:
    found = static()
    assert found.truth(expression("n > 3"))
    assert found.dims.table()["n"].fixed


def test_real_numbers_divide() -> None:
    found = static(rate=0.5)
    assert found.real(expression("1 / 4")) == 0.25
    assert found.real(expression("rate * 3 - 1 / n")) == 1.25
    assert found.real(expression("-infinity")) == -math.inf
    assert found.real(expression("2 ^ 0.5")) == math.sqrt(2)
    assert found.value(expression("rate / 2")) == 0.25


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("q", "RNN221"),
        ("x[1]", "RNN221"),
        ("tanh(1)", "RNN221"),
        ("n @ m", "RNN221"),
        ("1 / 0", "RNN222"),
        ("n / (2 - 2)", "RNN222"),
        ("n / 3", "RNN219"),
        ("0.5 + 1", "RNN222"),
        ("n > 1", "RNN222"),
        ("word", "RNN222"),
        ("word + 1", "RNN222"),
        ("n + (n > 1)", "RNN222"),
        ("2 ^ (0 - 1)", "RNN222"),
        ("9 ^ 9 ^ 9 ^ 9", "RNN509"),
        ("n ^ 100", "RNN509"),
        ("9999999999 * 9999999999", "RNN509"),
        ("2 ^ m", "RNN220"),
    ],
)
def test_mistakes(text: str, code: str) -> None:
    found = static(word="read")
    with pytest.raises(ReportedError):
        found.size(expression(text))
    assert [one.code for one in found.findings.all] == [code]


@pytest.mark.parametrize("text", ["1.0e300 * 1.0e300 / 0", "1 / 0", "0 ^ -1", "(0 - 1) ^ 0.5", "0.5 @ 2"])
def test_real_mistakes(text: str) -> None:
    found = static()
    with pytest.raises(ReportedError):
        found.real(expression(text))
    assert len(found.findings.all) == 1


def test_what_is_known() -> None:
    found = static(l=Size.of(3))
    assert found.knows(expression("n > l and not m == 2"))
    assert not found.knows(expression("t % 2 == 0"))
    assert not found.knows(expression("n[1] > 2"))
    assert not found.knows(expression("length(n) > 2"))


def test_long_chains_do_not_recurse() -> None:
    assert static().size(expression(" + ".join(["n"] * 5000))) == Size.of("n") * 5000
