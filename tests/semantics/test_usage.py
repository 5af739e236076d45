"""What a whole model must have, and what has no effect."""

import pytest

from tests.semantics.specs import CELL, codes, expanded, grove, net, warnings


def test_a_model_computes_something() -> None:
    assert codes("model Net(n):\n    input x : n\n    z = 2 * x\n") == ["RNN226"]
    assert codes(net("target y[t] : n\noutput x[t]")) == ["RNN223"]
    assert codes(net("target y[t] : n\ny[t] ~ gauss(x[t])")) == ["RNN224"]


def test_what_is_never_used_is_told() -> None:
    assert warnings(net("param W\ninput v : n\nh[t] = x[t]\noutput h[t]")) == [("RNN227", 4), ("RNN227", 5)]
    assert warnings(net("param W\nh[t] = x[t]\ng[t] = W @ x[t]\nk[t] = g[t]\noutput h[t]")) == [("RNN228", 7)]


def test_cells_are_told_once() -> None:
    cell = CELL.replace("param W", "param W, V")
    assert warnings(net("h[t] = Cell(n)(x[t]) + Cell(n)(x[t])\noutput h[t]", cells=cell)) == [("RNN227", 4)]


def test_inits_weights_and_losses_are_uses() -> None:
    body = "param a, b, c\ntarget y[t] : n\nh[t] = h[t-1] + x[t]\ninit h = a\ny[t] ~ normal(h[t]) weight sum(b)\nloss c"
    assert warnings(net(body)) == []


def test_values_of_pairs_of_children_are_refused() -> None:
    body = "index j : children(v)\n"
    assert codes(grove(body + "h[v] = sum(sum(z[k] * z[j] over k) over j)\noutput h[v]")) == ["RNN490"]
    assert codes(grove(body + "h[v] = sum(k * j over k, j)\noutput h[v]")) == ["RNN490"]
    assert codes(grove(body + "h[v, k] = z[k] - mean(z[j] over j)\noutput h[v, k]")) == []
    assert codes(grove("loss sum(sum(z[k] * w[c] over v, k, d, c))")) == []


def test_values_over_several_sequences() -> None:
    assert expanded(grove("param e\nloss sum(x[t] @ u[s] * e over t, s)")).losses


@pytest.mark.parametrize(
    ("index", "point", "told"),
    [
        ("1..3", "0", True), ("1..3", "1", False), ("1..3", "3", False), ("1..3", "4", True),
        ("-1..1", "-1", False), ("-1..1", "-2", True), ("cyclic(3)", "4", False), ("1..n", "n + 1", True),
    ],
)  # fmt: skip
def test_points_that_are_never_there_are_a_warning(index: str, point: str, told: bool) -> None:  # noqa: FBT001
    text = f"model Net(n = 2):\n    index m : {index}\n    input w[m] : n\n    output z = w[{point}]\n"
    wanted = [("RNN420", 4)] if told else []
    assert warnings(text) == wanted
