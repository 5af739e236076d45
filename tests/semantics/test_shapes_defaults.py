"""Ranks that equations leave open."""

import pytest

from rnndsl.semantics.expand import expand
from rnndsl.semantics.shapes_collect import collect
from rnndsl.semantics.shapes_constraints import MATRIX, SCALAR, VECTOR
from rnndsl.semantics.shapes_defaults import BESIDE, BY_NAME, settle
from rnndsl.syntax.parse import parse

HEADER = """model Net(n, k):
    index  t : sequence
    input  x[t] : n
    input  a[t] : scalar
"""

CASES: tuple[tuple[str, str, int, str], ...] = (
    ("param W", "h[t] = W @ x[t]", MATRIX, BY_NAME[True][1]),
    ("param w", "h[t] = w @ x[t]", VECTOR, BY_NAME[False][1]),
    ("param w", "h[t] = a[t] + w", SCALAR, BESIDE),
    ("param W", "h[t] = x[t] + W", VECTOR, BESIDE),
    ("param w", "h[t] = sigmoid(w)", VECTOR, BY_NAME[False][1]),
    ("param w", "h[t] = sigmoid(w) * 2", VECTOR, BY_NAME[False][1]),
    ("param w", "h[t] : n = a[t] * w", VECTOR, BESIDE),
    ("param w", "h[t] = a[t] * w", SCALAR, BESIDE),
    ("param w", "h[t] = x[t] if a[t] > 0 else w", VECTOR, BESIDE),
    ("param w", "h[t] = (a[t] * x[t] + 1) * (2 - w)", VECTOR, BESIDE),
    ("param w", "h[t] = layer_norm(w) * x[t]", VECTOR, BY_NAME[False][1]),
    ("input w[t]", "h[t] = w[t] * x[t]", VECTOR, BESIDE),
    ("input w[t]", "h[t] = a[t] + w[t]", SCALAR, BESIDE),
)


@pytest.mark.parametrize(("declaration", "equation", "mask", "origin"), CASES)
def test_default(declaration: str, equation: str, mask: int, origin: str) -> None:
    text = HEADER + f"    {declaration}\n    {equation}\n    output h[t]\n"
    model, _ = expand(parse(text, "net.rnn"))
    found = collect(model, set())
    assert settle(found, model.params, model.data).broken == []
    variable = found.quantities["w" if "w" in found.quantities else "W"]
    assert (variable.mask, variable.origin) == (mask, origin)


def test_nothing_stays_open() -> None:
    model, _ = expand(parse(HEADER + "    h[t] = h[t-1] * 2\n    output h[t]\n", "net.rnn"))
    found = collect(model, set())
    settle(found, model.params, model.data)
    assert not any(variable.open for variable in (*found.quantities.values(), *found.expressions.values()))
    assert found.quantities["h"].mask == SCALAR
