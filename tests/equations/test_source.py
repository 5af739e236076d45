"""A typed model as text again."""

from pathlib import Path

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.equations.source import Source, partial_branches, without_dots
from rnndsl.graph.interpret import interpret
from rnndsl.semantics.text import print_expression
from rnndsl.verify.cases import draw_case, small_dims
from tests.equations.printed import SPECS


def flat(spec: str | Path) -> str:
    """Return a spec as one model without cells and loops."""
    source = Source(check(spec).model)
    lines = (
        source.indices(source.model.indices) + source.data() + source.params() + source.equations() + source.outputs()
    )
    body = source.fixed(without_dots(lines)[0])
    return "\n".join([source.head("Flat", body), *(f"    {line}" for line in body), ""])


@pytest.mark.parametrize("name", ["char_lstm", "translate", "ntm", "stack_rnn", "pointer_network", "tree_rnn", "hred"])
def test_means_the_same(name: str) -> None:
    path = SPECS / "models" / f"{name}.rnn"
    text = flat(path)
    dims = small_dims(build(check(path)), {})
    before, after = (build(check(spec, dims={k: v for k, v in dims.items() if k in text})) for spec in (path, text))
    case = draw_case(before, 0)
    points, values = case.points, []
    for graph in (before, after):
        params = {n.replace(".", "_") if graph is after else n: value for n, value in case.params.items()}
        values.append(interpret(graph, params, case.data, dims=case.dims, outputs=["loss"], **points)["loss"])
    np.testing.assert_allclose(values[1], values[0], rtol=1e-12)


def test_dots() -> None:
    lines, dotted = without_dots(["h.c[t] = 0.5 * h.W_f", "# h.c", "j : 1..n", "h_c = x.h.c"])
    assert lines == ["h_c_2[t] = 0.5 * h_W_f", "# h.c", "j : 1..n", "h_c = x_h_c"]
    assert dotted == {"h_c_2": "h.c", "h_W_f": "h.W_f", "x_h_c": "x.h.c"}


def test_partial_branches() -> None:
    text = (
        "model A:\n    index t : sequence\n    input s[t] : scalar\n    param b : scalar\n"
        "    h[t] = tanh(b * log(s[t])) + b if s[t] > 0 else tanh(b) / 2\n    loss sum(h[t] over t)\n"
    ).replace("model A:", "model A(n = 1):")
    found = partial_branches(check(text).model.model.equations["h"].value)
    assert [print_expression(part) for part in found] == [
        "log(s[t])",
        "b * log(s[t])",
        "tanh(b * log(s[t]))",
        "tanh(b * log(s[t])) + b",
        "tanh(b) / 2",
    ]
