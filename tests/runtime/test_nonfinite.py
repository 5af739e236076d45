"""Results that are not finite."""

from typing import Any

import numpy as np
import pytest

import rnndsl

SCALAR = """model Net:
    index t : sequence
    input x[t] : scalar
    h[t] = {value}
    output h[t]
    loss sum(h[t] over t)
"""
BAD: dict[str, tuple[str, list[float], str]] = {
    "124 log": ("log(x[t])", [1, 2, -1], r"`h\[t\] = log\(x\[t\]\)` \(<text>:4\) gave NaN at t = 3, example 1"),
    "125 divide": ("1 / x[t]", [1, 0], r"`h\[t\] = 1 / x\[t\]` \(<text>:4\) gave an infinite number at t = 2, exam"),
    "129 growth": ("10 * h[t-1] + x[t]", [1] * 320, r"gave an infinite number at t = 310, example 1"),
}


def compiled(value: str, *, finite: bool = True) -> rnndsl.Program:
    return rnndsl.compile(SCALAR.format(value=value), dtype="float64", finite=finite)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("row", BAD)
def test_the_first_bad_value_is_named_with_equation_and_point(row: str) -> None:
    value, points, message = BAD[row]
    program, data = compiled(value), {"x": [np.ones(2), np.array(points, float)]}
    calls: list[Any] = [program.run, program.loss, program.loss_and_grad]
    for call in calls:
        with pytest.raises(rnndsl.DataError, match=f"^RNN619: .*{message}"):
            call({}, data)
    assert not np.isfinite(compiled(value, finite=False).run({}, data)["h"]).all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_gradient_alone_may_be_the_one() -> None:
    text = "model Net:\n    input x : scalar\n    h = 1e200 * x\n    loss 1e200 * h\n"
    program = rnndsl.compile(text, dtype="float64", finite=True)
    data = {"x": np.array([1e-300])}
    assert program.loss({}, data) == pytest.approx(1e100)
    with pytest.raises(rnndsl.DataError, match=r"^RNN619: .*gave an infinite number"):
        program.loss_and_grad({}, data, wrt="all")


def test_infinity_that_the_spec_says_is_returned() -> None:
    assert compiled("x[t] - infinity").run({}, {"x": np.ones((1, 2))})["h"].tolist() == [[-np.inf, -np.inf]]


def test_finite_results_are_what_they_were() -> None:
    data = {"x": np.arange(6.0).reshape(2, 3)}
    assert compiled("tanh(x[t])").loss_and_grad({}, data) == compiled("tanh(x[t])", finite=False).loss_and_grad(
        {}, data
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_chunk_that_goes_on_says_what_it_can() -> None:
    text = SCALAR.format(value="h[t-1] + log(x[t])").replace("    loss sum(h[t] over t)\n", "")
    program = rnndsl.compile(text, dtype="float64", finite=True)
    _, carry = program.run({}, {"x": np.ones((1, 2))}, carry={})
    with pytest.raises(rnndsl.DataError, match=r"^RNN619: the result holds NaN"):
        program.run({}, {"x": -np.ones((1, 2))}, carry=carry)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_trees_are_walked_too() -> None:
    text = """model Tree:
    index v : tree
    index k : children(v)
    input x[v] : scalar
    h[v] = log(x[v]) + sum(h[k] over k)
    output h[v]
"""
    program = rnndsl.compile(text, dtype="float64", finite=True)
    with pytest.raises(rnndsl.DataError, match=r"gave NaN at node 1 of v, example 0"):
        program.run({}, {"x": [np.array([1.0, -1.0])]}, structure={"v": [[[1], []]]})
