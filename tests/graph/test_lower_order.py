"""The order of equations."""

from rnndsl.graph.lower_order import key_of, lowering_steps
from rnndsl.ops import Op
from tests.graph.small import lowered, net, ops, typed


def steps(*statements: str, drawn: bool = False) -> list[tuple[list[str], bool, bool]]:
    model = typed(net(*statements)).model
    return [([key_of(item) for item in s.items], s.cyclic, s.batch) for s in lowering_steps(model, drawn=drawn)]


def test_what_is_needed_comes_first() -> None:
    found = steps("o[t] = h[t] + b", "h[t] = x[t-1]", "init x[t] = b", "b = c * 2", "output o[t]")
    assert found == [
        (["b"], False, False),
        (["init x"], False, False),
        (["h"], False, True),
        (["o"], False, True),
    ]


def test_what_depends_on_a_tree_differs_from_example_to_example() -> None:
    head = "model Net(n = 3):\n    index d : tree\n    index k : children(d)\n    param c : n\n"
    equations = ("a[d] = 1 if leaf(d) else 2", "b[d] = sum(2 over k)", "c0 = c * 2")
    lines = (*equations, "output c0", "output a[d]", "output b[d]")
    model = typed(head + "".join(f"    {line}\n" for line in lines)).model
    assert {key_of(s.items[0]): s.batch for s in lowering_steps(model)} == {"a": True, "b": True, "c0": False}


def test_cycles_stay_together() -> None:
    found = steps(
        "h[t] : n = tanh(W @ s[t-1] + x[t])", "s[t] = U @ h[t]", "u[i] = u[i-1] + i", "output s[t]", "output u[i]"
    )
    assert found == [(["h", "s"], True, True), (["u"], True, False)]


def test_a_likelihood_that_is_read_is_an_equation() -> None:
    found = steps("e[t] = log_prob(y[t-1])", "y[t] ~ normal(x[t] + e[t])", "target y[t] : n")
    assert found == [(["e", "log_prob y"], True, True)]


FED = ("h[t] = x[t] + y[t-1]", "o[t] = y[t] * 2", "y[t] ~ normal(h[t])", "target y[t] : n", "output o[t]")


def test_a_drawn_target_is_an_equation() -> None:
    assert [keys for keys, _, _ in steps(*FED)] == [["h"], ["o"], ["log_prob y"]]
    assert steps(*FED, drawn=True) == [
        (["h", "y"], True, True),
        (["o"], False, True),
        (["log_prob y"], False, True),
    ]


def test_what_a_drawn_target_is_made_from() -> None:
    found = lowering_steps(typed(net(*FED)).model, drawn=True)
    assert set[str]().union(*(step.feeds for step in found)) == {"h", "y"}


def test_thousands_of_equations_in_a_row() -> None:
    count = 3000
    chain = [f"h{k}[t] = tanh(h{k - 1}[t])" for k in range(count - 1, 0, -1)]
    graph = lowered(net(*chain, "h0[t] = x[t]", f"output h{count - 1}[t]"))
    assert ops(graph).count(Op.TANH) == count - 1
