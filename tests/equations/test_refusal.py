"""What cannot be printed is refused at its equation, with a way out."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from tests.equations.printed import printed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "model A(n = 2):\n    index t : sequence\n    target y[t] : n\n    y[t] ~ normal(0 * y[t-1])\n",
            "no parameter",
        ),
        (
            "model A(n = 2):\n    index t : sequence\n    input x[t] : token(n)\n    output x[t]\n",
            "no loss and no output",
        ),
    ],
)
def test_nothing_to_print(text: str, why: str) -> None:
    with pytest.raises(SpecError) as caught:
        printed(text)
    assert why in caught.value.diagnostics[0].message


def test_place_and_way_out() -> None:
    text = (
        "model A(n = 2):\n    index t : sequence\n    index i : 1..n\n    input x[t] : scalar\n    param v : scalar\n"
        "    b[i] = tanh(v)\n    init b[i] = i * v\n    loss sum(x[t] * sum(b[i-1] over i) over t)\n    a[i] = b[i-1]\n"
        "    output a[i]\n"
    )
    with pytest.raises(SpecError) as caught:
        printed(text)
    (found,) = caught.value.diagnostics
    assert found.code == "RNN490"
    assert "cannot be printed as an equation yet" in found.message
    assert found.span.line == 9
    assert "rnndsl compile" in found.help
