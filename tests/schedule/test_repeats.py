"""Large values are made again in the adjoint's loop, where they are made of smaller ones, and nowhere else."""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import place_nodes
from rnndsl.schedule.plan import Loop, Step, members
from rnndsl.schedule.repeats import find_repeats
from rnndsl.schedule.storage import find_sites
from tests.schedule.specs import adjoint_of
from tests.schedule.test_sums import ATTENTION


def repeated(graph: RecurrenceGraph) -> set[int]:
    sites = find_sites(place_nodes(graph, make_loops(graph)))
    return {number for number, places in sites.items() if len(places - {None}) > 1}


def home_of(steps: tuple[Step, ...]) -> dict[int, Loop]:
    return {number: step for step in steps if isinstance(step, Loop) for number in members(step)}


def test_what_attention_scores_is_made_again() -> None:
    graph = adjoint_of(*ATTENTION)
    ops = {graph.nodes[number].op for number in repeated(graph)}
    assert Op.TANH in ops
    assert all(len(graph.nodes[number].domain) == 2 for number in repeated(graph))


def test_states_of_chains_are_kept() -> None:
    graph = adjoint_of("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "loss sum(sum(h[t] over t))")
    assert repeated(graph) == set()


def test_what_is_read_at_other_steps_is_kept() -> None:
    lines = ("input x[t, s] : n", "g[t, s] : n = tanh(g[t-1, s] * x[t, s])", "loss sum(sum(g[t, s] over t, s))")
    assert repeated(adjoint_of(*lines)) == set()


def test_a_node_outside_the_loops_repeats_nothing() -> None:
    graph = adjoint_of(*ATTENTION)
    home = home_of(make_loops(graph))
    forward = {number: loop for number, loop in home.items() if loop.forward}
    assert find_repeats(graph, forward) == {}
