"""Sequences that are walked from their end."""

import numpy as np

from rnndsl.compiler import build, check
from rnndsl.graph.interpret import interpret
from rnndsl.graph.mirroring import mirror, turned
from rnndsl.graph.verify import verify_graph
from rnndsl.indices import Affine, End, Index, Kind, Root

T, J = Index("t", Kind.SEQUENCE, 0), Index("j", Kind.RANGE, 1)
TEXT = """
model Net(n = 2):
    index  t : sequence
    index  j : 1..2
    input  x[t] : n
    target y[t] : n
    h[t] : n = tanh(h[t+1] + x[t-2] / t + sum(x[t+j] over j))
    z : n = last(h[t] over t)
    y[t] ~ normal(h[t] + z)
    output h[t], z
"""


def test_accesses_are_turned() -> None:
    assert turned(Affine(((T, 1), (J, -1)), -2), T) == Affine(((T, 1), (J, 1)), 2)
    assert turned(End(last=True), T) == End(last=False)
    assert turned(Root(), T) == Root()


def test_what_is_turned_round_gives_the_same_turned_round() -> None:
    graph = build(check(TEXT))
    (index,) = (one for one in graph.indices if one.name == "t")
    made = mirror(graph, index)
    verify_graph(made)
    rng = np.random.default_rng(0)
    data = {name: [rng.normal(size=(length, 2)) for length in (4, 1)] for name in ("x", "y")}
    back = {name: [one[::-1] for one in own] for name, own in data.items()}
    plain, found = (interpret(one, {}, own, dims={"n": 2}) for one, own in ((graph, data), (made, back)))
    np.testing.assert_allclose(float(found["loss"]), float(plain["loss"]), rtol=1e-14)  # type: ignore[arg-type]
    for example in range(2):
        np.testing.assert_allclose(found["h"][example][::-1], plain["h"][example], rtol=1e-14)
        np.testing.assert_allclose(found["z"][example], plain["z"][example], rtol=1e-14)
