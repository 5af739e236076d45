"""Which cycle keeps an equation in a loop."""

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import build, check
from rnndsl.schedule.cycles import find_cycles
from tests.schedule.specs import adjoint_of, graph_of


def test_a_quantity_that_needs_itself() -> None:
    cycles = find_cycles(graph_of("input x[t] : n", "h[t] : n = tanh(h[t-2] + x[t])", "output h[t]"))
    assert cycles == {"h": "h[t-2] -> h"}


def test_what_is_in_no_cycle_is_not_named() -> None:
    lines = ("input x[t] : n", "u[t] = sin(x[t])", "h[t] : n = tanh(h[t-1] + u[t])", "output o[t] = cos(h[t])")
    assert set(find_cycles(graph_of(*lines))) == {"h"}


def test_the_shortest_cycle_through_each_equation() -> None:
    lines = (
        "input x[t] : n",
        "a[t] = c[t-1] + x[t]",
        "b[t] = sin(a[t])",
        "c[t] : n = b[t] + cos(c[t-1])",
        "output c[t]",
    )
    assert find_cycles(graph_of(*lines)) == {
        "a": "c[t-1] -> a -> b -> c",
        "b": "c[t-1] -> a -> b -> c",
        "c": "c[t-1] -> c",
    }


def test_a_cycle_that_reads_back_twice() -> None:
    lines = ("input x[t] : n", "a[t] : n = b[t-1] + x[t]", "b[t] : n = sin(a[t-2])", "output b[t]")
    assert find_cycles(graph_of(*lines)) == {"a": "a[t-2] -> b[t-1] -> a", "b": "b[t-1] -> a[t-2] -> b"}


def test_reads_along_ranges_do_not_begin_it() -> None:
    lines = ("input x[t] : n", "a[t, i] : n = h[t-1, i]", "h[t, i] : n = tanh(a[t, i-1] + x[t])", "output h[t, i]")
    found = find_cycles(graph_of(*lines))
    assert found["h"] == "h[t-1, i] -> a[t, i-1] -> h"


def test_several_indices_and_trees() -> None:
    head = "model Net(n = 2):\n    index i, j : sequence\n    index m : tree\n    index k : children(m)\n"
    body = (
        "    input x[i, j] : n\n    input z[m] : n\n"
        "    g[i, j] : n = tanh(g[i, j-1] + x[i, j])\n"
        "    h[m] : n = tanh(sum(f[m, k] over k) + z[m])\n    f[m, k] = sin(h[k])\n"
        "    p[m] : n = cos(p[parent(m)] + h[m])\n"
        "    output g[i, j], p[m]\n"
    )
    assert find_cycles(build(check(head + body))) == {
        "g": "g[i, j-1] -> g",
        "h": "h[k] -> f -> h",
        "f": "h[k] -> f -> h",
        "p": "p[parent(m)] -> p",
    }


def test_gradients_run_the_other_way() -> None:
    lines = ("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "loss sum(sum(h[t]) over t)")
    assert find_cycles(adjoint_of(*lines)) == {"h": "h[t-1] -> h", "d h": "d h[t+1] -> d h"}


def test_the_gradient_of_a_tree_goes_by_parents() -> None:
    spec = (
        "model Net(n = 2):\n    index m : tree\n    index k : children(m)\n    input x[m] : n\n    param W\n"
        "    h[m] : n = tanh(W @ sum(h[k] over k) + x[m])\n    loss sum(root(h[m] over m))\n"
    )
    assert find_cycles(differentiate(build(check(spec))))["d h"] == "d h[parents(m)] -> d h"


def test_a_gradient_with_cycles_between_what_has_no_name_ends() -> None:
    spec = build(check("specs/models/ntm_feedforward.rnn"))
    assert "M" in find_cycles(differentiate(spec))
