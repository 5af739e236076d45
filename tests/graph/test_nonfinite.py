"""Where numbers that are not finite came from."""

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.interpret import Machine, machine_for
from rnndsl.graph.nonfinite import Origin, find_origin

SPEC = """model Net:
    index t : sequence
    input x[t] : scalar
    {equations}
    output h[t]
"""


def machine(equations: str, values: list[list[float]]) -> Machine:
    graph = build(check(SPEC.format(equations=equations.replace("\n", "\n    "))))
    return machine_for(graph, {}, {"x": [np.array(one) for one in values]}, dims={})


def origin(equations: str, *values: list[float]) -> Origin | None:
    return find_origin(machine(equations, list(values)), ["h"])


def test_the_equation_that_made_it_is_named_not_those_that_pass_it_on() -> None:
    found = origin("a[t] = log(x[t])\nb[t] = 2 * a[t]\nh[t] = b[t] + h[t-1]", [1, 2], [1, -1, 3])
    assert found == Origin("`a[t] = log(x[t])` (<text>:4)", "t = 2, example 1", "NaN")


def test_a_state_that_grows_is_followed_to_its_first_step() -> None:
    found = origin("h[t] = 1e100 * h[t-1] + x[t]", [1.0] * 9)
    assert found == Origin("`h[t] = 1e+100 * h[t-1] + x[t]` (<text>:4)", "t = 5, example 0", "an infinite number")


def test_nan_comes_before_infinity_that_is_meant() -> None:
    found = origin("h[t] = log(x[t]) - infinity", [-1.0])
    assert found is not None
    assert (found.gave, found.place) == ("NaN", "t = 1, example 0")


@pytest.mark.parametrize("equations", ["h[t] = x[t] - infinity", "h[t] = log(x[t]) if x[t] > 0 else 0"])
def test_what_is_meant_or_not_taken_is_no_mistake(equations: str) -> None:
    assert origin(equations, [-1.0, 0.0, 2.0]) is None
