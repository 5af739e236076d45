"""Sums over the steps of a loop grow in it where their terms are large, and nowhere else."""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.plan import Loop, Place
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.sums import find_sums, reached
from tests.schedule.specs import adjoint_of, graph_of

ATTENTION = (
    "input a[s] : n",
    "target y[t] : n",
    "param W, U : k, n",
    "param v : k",
    "param R",
    "e[t, s] = v @ tanh(W @ d[t-1] + U @ a[s])",
    "d[t] : n = tanh(R @ d[t-1] + sum(softmax(e[t, s] over s) * a[s] over s))",
    "y[t] ~ normal(d[t])",
)


def sums_of(graph: RecurrenceGraph) -> dict[int, Loop]:
    return find_sums(graph, make_loops(graph))


def test_what_attention_sums_over_pairs_grows_in_the_loop_of_the_adjoint() -> None:
    graph = adjoint_of(*ATTENTION)
    found = sums_of(graph)
    assert {loop.forward for loop in found.values()} == {False}
    assert {graph.nodes[number].op for number in found} == {Op.CONTRACT}
    assert {tuple(index.name for index in graph.nodes[number].domain) for number in found} >= {(), ("s",)}


def test_no_value_of_pairs_is_kept_whole() -> None:
    schedule = make_schedule(adjoint_of(*ATTENTION))
    pairs = [n for n, node in schedule.graph.nodes.items() if len(node.domain) == 2 and node.shape]
    places = {schedule.storage[number].place for number in pairs}
    assert pairs
    assert places <= {Place.STEP, Place.VIEW}


def test_sums_of_chains_stay_one_product_outside() -> None:
    graph = adjoint_of("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "loss sum(sum(h[t] over t))")
    assert sums_of(graph) == {}


def test_a_sum_that_another_loop_needs_is_taken_in_the_first() -> None:
    first = ("input x[t, s] : n", "g[t, s] : n = tanh(g[t-1, s] + x[t, s])", "z[s] = sum(g[t, s] over t)")
    schedule = make_schedule(graph_of(*first, "h[t, s] : n = tanh(h[t-1, s] + z[s])", "output h[t, s]"))
    nodes = {name: info.node for name, info in schedule.graph.equations.items()}
    assert schedule.storage[nodes["z"]].place is Place.SUM
    assert schedule.home[nodes["z"]] == schedule.home[nodes["g"]] != schedule.home[nodes["h"]]


def test_reached_are_all_that_is_made_from_a_node() -> None:
    graph = graph_of("input x[t] : n", "a[t] = 2 * x[t]", "b[t] = a[t] + 1", "c[t] = 3 * x[t]", "output b[t], c[t]")
    found = reached(graph, {graph.equations["a"].node})
    assert graph.equations["b"].node in found
    assert graph.equations["c"].node not in found
