"""Large elementwise values are made again by the adjoint's loop, from smaller ones; nothing else is."""

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.plan import Evaluate, Loop, Place, members
from rnndsl.schedule.repeats import MOST_REPEATED, find_repeats
from rnndsl.schedule.schedule import make_schedule
from tests.schedule.specs import adjoint_of, loops_of, node_of

ATTENTION = (
    "input a[s] : n",
    "param v : n",
    "param W, U",
    "g[t, s] = tanh(W @ d[t-1] + U @ a[s])",
    "e[t, s] = v @ g[t, s]",
    "d[t] : n = tanh(sum(softmax(e[t, s] over s) * a[s] over s))",
)
LOSS = "loss sum(d[t] @ d[t] over t)"


def homes(graph: RecurrenceGraph) -> dict[int, Loop]:
    """Return the loop of every node of a scheduled graph, of those that are made twice the first one."""
    found: dict[int, Loop] = {}
    for loop in loops_of(make_schedule(graph).steps):
        found = dict.fromkeys(members(loop), loop) | found
    return found


def test_a_vector_for_every_pair_of_points_is_made_twice() -> None:
    graph = adjoint_of(*ATTENTION, LOSS)
    schedule = make_schedule(graph)
    forward, backward = loops_of(schedule.steps)
    again = {*members(forward)} & {*members(backward)}
    assert node_of(graph, "g") in again
    for number in again:
        node = schedule.graph.nodes[number]
        assert node.op in ELEMENTWISE | {Op.BROADCAST}
        assert len(node.shape) == len([index for index in node.domain if index.ragged]) - 1 == 1
        assert Evaluate(number) not in schedule.steps
        assert schedule.storage[number].place in {Place.STEP, Place.VIEW}  # no array over all pairs
    assert schedule.home[node_of(graph, "g")] == (forward,)


def test_numbers_and_what_a_tape_keeps_are_made_once() -> None:
    graph = adjoint_of(*ATTENTION, LOSS)
    repeats = find_repeats(graph, homes(graph))
    assert node_of(graph, "e") not in repeats  # one number for every pair
    assert node_of(graph, "d") not in repeats  # no larger than what it is made from
    assert {loop.forward for loop in repeats.values()} == {False}


OTHERS = {
    "it is a result": (*ATTENTION, "loss sum(g[t, s] @ g[t, s] over t, s) + sum(d[t] @ d[t] over t)", "output g[t, s]"),
    "it is read at other points": (*ATTENTION[:4], "e[t, s] = v @ (g[t, s] + g[t-1, s])", ATTENTION[5], LOSS),
}


@pytest.mark.parametrize("lines", OTHERS.values(), ids=OTHERS.keys())
def test_what_is_needed_whole_is_made_once(lines: tuple[str, ...]) -> None:
    graph = adjoint_of(*lines)
    forward, backward = loops_of(make_schedule(graph).steps)[:2]
    assert node_of(graph, "g") not in {*members(forward)} & {*members(backward)}


@pytest.mark.parametrize(("length", "repeated"), [(MOST_REPEATED - 2, True), (MOST_REPEATED + 1, False)])
def test_only_short_chains_are_made_again(length: int, repeated: bool) -> None:  # noqa: FBT001
    chain = f"{'sin(' * length}W @ d[t-1] + U @ a[s]{')' * length}"
    graph = adjoint_of(*ATTENTION[:3], f"g[t, s] = {chain}", *ATTENTION[4:], LOSS)
    forward, backward = loops_of(make_schedule(graph).steps)
    assert (node_of(graph, "g") in {*members(forward)} & {*members(backward)}) == repeated


def test_a_model_without_an_adjoint_repeats_nothing() -> None:
    graph = adjoint_of("input x[t] : n", "h[t] : n = tanh(h[t-1] + x[t])", "loss sum(h[t] @ h[t] over t)")
    assert find_repeats(graph, {n: loop for loop in loops_of(make_loops(graph)) for n in members(loop)}) == {}
