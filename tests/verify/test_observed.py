"""Parameters at the points of targets, in one form."""

import numpy as np

from rnndsl.compiler import assemble, build, check
from rnndsl.verify.cases import draw_case
from rnndsl.verify.observed import counts_of, inside, parameters_of, points_of

TEXT = """
model Net(n):
    index  s, t : sequence
    index  p : tree
    index  q : children(p)
    index  m : 1..2
    input  x[s], w[p] : n
    target a[t] : point(s)
    target b[t] : n
    param  V[m] : n, n
    g[p] : n = tanh(w[p] + sum(g[q] over q))
    h[t] : n = tanh(h[t-1] + root(g) + 1)
    a[t] ~ categorical(h[t] @ x[s] over s)
    b[t] ~ mixture(0.3 * m, normal(V[m] @ h[t], 0.5) over m)
"""
CHECKED = check(TEXT, dims={"n": 3})
PROGRAM = assemble(build(CHECKED), dtype="float64")
CASE = draw_case(PROGRAM.graph, 0)
COUNTS = counts_of(CASE, PROGRAM.graph)


def test_points_are_counted() -> None:
    assert COUNTS["t"] == CASE.lengths["t"]
    assert COUNTS["p"] == [len(tree) for tree in CASE.structure["p"]]
    assert COUNTS["q"] == [n - 1 for n in COUNTS["p"]]  # every node but the root is a child


def test_the_points_of_examples_follow_one_another() -> None:
    (t,) = PROGRAM.inputs["b"].domain
    array = np.arange(15.0).reshape(3, 5)
    counts = {"t": [2, 5, 1]}
    assert inside(array.shape, (t,), counts).sum(axis=1).tolist() == [2, 5, 1]
    assert points_of(array, (t,), counts).tolist() == [0, 1, 5, 6, 7, 8, 9, 10]
    assert points_of(array, (), counts).tolist() == array.tolist()


def test_all_distributions_look_alike() -> None:
    found = PROGRAM.run(CASE.params, CASE.data, **CASE.points)
    choice, mixture = (parameters_of(r, found, CASE, PROGRAM) for r in CHECKED.model.model.randoms)
    points, longest = sum(COUNTS["t"]), max(COUNTS["s"])
    assert {name: value.shape for name, value in choice.items()} == {
        "logits": (points, 1), "component_logits": (points, 1, longest),
    }  # fmt: skip
    there = np.isfinite(choice["component_logits"][:, 0]).sum(axis=1)
    assert there.tolist() == np.repeat(COUNTS["s"], COUNTS["t"]).tolist()
    assert {name: value.shape for name, value in mixture.items()} == {
        "logits": (points, 2), "mean": (points, 2, 3), "sd": (points, 2),
    }  # fmt: skip
