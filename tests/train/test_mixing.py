"""Schedules of scheduled sampling are those of Bengio et al. (2015)."""

import math

import pytest

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.train.mixing import FORMS, make_mixing


def test_constant() -> None:
    assert [make_mixing("constant:0.2")(step) for step in (0, 10, 10**9)] == [0.2] * 3


def test_linear_stays_at_its_end() -> None:
    mixing = make_mixing("linear:0.1:0.5:100")
    assert [mixing(step) for step in (0, 50, 100, 1000)] == pytest.approx([0.1, 0.3, 0.5, 0.5])


def test_exponential_is_one_less_a_power() -> None:
    assert [make_mixing("exponential:0.99")(step) for step in (0, 1, 50)] == pytest.approx([0, 0.01, 1 - 0.99**50])


def test_sigmoid_is_one_less_the_inverse_sigmoid() -> None:
    mixing = make_mixing("sigmoid:20")
    for step in (0, 7, 60, 500):
        assert mixing(step) == pytest.approx(1 - 20 / (20 + math.exp(step / 20)))
    assert mixing(10**9) == 1


@pytest.mark.parametrize(
    "text",
    ["", "none", "constant", "constant:1.5", "constant:x", "constant:nan", "linear:0:1", "linear:0:1:0",
     "exponential:1", "exponential:0", "sigmoid:0.5", "constant:0.1:2"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="RNN613") as caught:
        make_mixing(text)
    name = text.partition(":")[0]
    assert (name if name in FORMS else "constant:P") in caught.value.diagnostic.help
