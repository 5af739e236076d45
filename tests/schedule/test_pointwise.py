"""What kernels compute number by number."""

import re

import pytest

from rnndsl.schedule.pointwise import is_pointwise
from tests.codegen.emitting import graph_of


@pytest.mark.parametrize(
    ("line", "pointwise"),
    [
        ("y[t] = tanh(x[t]) * x[t]", True),
        ("y[t] = x[t]^x[t]", True),
        ("y[t] = log(x[t])", True),
        ("y[t] = softplus(x[t])", True),
        ("y[t] = sin(x[t])", False),
        ("y[t] = sum(x[t])", True),
        ("y[t] = x[t] @ x[t]", True),
        ("y[t] : n = W @ x[t]", False),
        ("y = sum(x[t] over t)", False),
        ("y[t] = softmax(x[t])", False),
        ("y[t] = max(x[t])", True),
        ("y[t] = max(z[t, l] over l)", True),
        ("y = max(x[t] over t)", False),
        ("y[t] = sum(z[t, l] over l)", True),
        ("y[t] : n = sum(z[t, l] * u[t, l] over l)", True),
        ("y[t, i] = sum(z[t, l] * p[i, l] over l)", True),  # three rows: no call of BLAS pays for them
        ("y[t, q] = sum(z[t, l] * p[q, l] over l)", False),  # all rows with one matrix
        ("y[t, q] : n = sum(w[t, l, q] * u[t, l] over l)", False),  # two matrices for every row
        ("y[t, i] : n = sum(w[t, l, i] * u[t, l] over l)", True),
    ],
)
def test_pointwise(line: str, pointwise: bool) -> None:  # noqa: FBT001 - a column of the table
    rows = "q" if "q" in line else "i"
    given = {
        "l": "index l : 1..m", "q": "index q : 1..m", "W": "param W", "p": f"param p[{rows}, l] : scalar",
        "z": "input z[t, l] : scalar", "u": "input u[t, l] : n", "w": f"input w[t, l, {rows}] : scalar",
    }  # fmt: skip
    used = [text for name, text in given.items() if re.search(rf"\b{name}\b", line)]
    graph = graph_of("input x[t] : n", *used, line, f"output {line.partition(' = ')[0].partition(' :')[0]}")
    assert is_pointwise(graph, graph.equations["y"].node) is pointwise
