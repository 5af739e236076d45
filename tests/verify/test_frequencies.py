"""Draws in large numbers: those of a wrong sampler are told, of every kind of target."""

import pytest

from rnndsl.compiler import assemble, build, check
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import draw_case
from rnndsl.verify.frequencies import frequencies

TEXT = """
model Net(n, k):
    index  s, t : sequence
    index  m : 1..2
    input  x[s] : n
    target a[t] : token(k)
    target b[t] : n
    target c[t] : point(s)
    target d[t] : 2
    target e : n
    param  W, V, P
    param  p[m] : scalar
    h[t] : n = tanh(W @ h[t-1] + b[t-1])
    a[t] ~ categorical(V @ h[t])
    b[t] ~ bernoulli(h[t] + 1)
    c[t] ~ categorical(h[t] @ x[s] over s)
    d[t] ~ mixture(p[m], normal2(m * (P @ h[t]), 0.5, 0.7) over m)
    e ~ normal(last(h), 0.3)
"""


def ratio(old: str = "", new: str = "") -> float:
    checked = check(TEXT, dims={"n": 3, "k": 4})
    graph = build(checked)
    good = assemble(graph, dtype="float64", others={"sample": build(checked, "sample")})
    assert old in good.source
    program = Program(graph, good.source.replace(old, new), good.dtype, good.carries)
    return frequencies(program, draw_case(graph, 0), checked.model.model.randoms, draws=20_000)


def test_a_good_sampler_passes() -> None:
    assert 0 < ratio() < 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-np.log(-np.log(", "-1.3 * np.log(-np.log("),
        ("np.sqrt(-2 *", "np.sqrt(-2.4 *"),
        ("rng.random((n, *own))", "rng.random((n, *own)) ** 1.2"),
    ],
)
def test_a_wrong_sampler_fails(old: str, new: str) -> None:
    assert ratio(old, new) > 1
