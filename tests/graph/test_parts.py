"""Sums over a batch: which ones its parts have to join, and what they have shares of."""

import pytest

from rnndsl.compiler import build, check, optimise
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.parts import find_shares, is_many
from rnndsl.ops import Op

HEAD = """model M(n = 2):
    index t : sequence
    input x[t] : n
    param w, v : n
    h[t] = tanh(w @ x[t] + h[t-1])
"""
Y = "    target y[t] : scalar\n    y[t] ~ bernoulli(h[t] + v @ x[t])\n"
Z = "    target z[t] : scalar\n    z[t] ~ bernoulli(h[t])\n"


def gradient_of(text: str) -> RecurrenceGraph:
    return optimise(build(check(HEAD + text)))[1]


def shared(text: str) -> tuple[int, set[str], set[str]]:
    """Return how many sums are joined, and the results that are shares, and those that every part has whole."""
    graph = gradient_of(text)
    found = find_shares(graph)
    common = {name: o.node for name, o in graph.outputs.items() if not is_many(graph.nodes[o.node])}
    shares = {name for name, node in common.items() if node in found.shares}
    assert all(graph.nodes[number].op in {Op.CONTRACT, Op.SCATTER} for number in found.joined)
    return len(found.joined), shares, common.keys() - shares


def test_means_join_their_weights_and_nothing_else() -> None:
    joined, shares, common = shared(Y + Z)
    assert joined == 2
    assert shares == {"loss", "y.nll", "z.nll", "d loss/d w", "d loss/d v"}
    assert common == {"y.weight", "z.weight"}


def test_a_regulariser_is_added_to_the_whole() -> None:
    joined, shares, common = shared(Y + "    loss 0.5 * sum(w * w)\n")
    assert common == {"loss", "y.nll", "y.weight", "d loss/d w"}
    assert shares == {"d loss/d v"}
    assert joined == 3  # weights, surprises, and the sum that is part of the gradient of w


def test_a_mean_over_examples_joins_their_number() -> None:
    joined, shares, common = shared("    loss sum(h[t] over t)\n")
    assert (joined, shares, common) == (1, {"loss", "d loss/d w"}, {"d loss/d v"})


@pytest.mark.parametrize("text", ["exp(sum(h[t] over t))", "sum(v * v) * sum(h[t] over t)"])
def test_what_is_not_linear_stays_with_its_example(text: str) -> None:
    joined, shares, common = shared(f"    loss {text}\n")
    assert joined == 1
    assert {"loss", "d loss/d w"} <= shares
    assert "loss" not in common


def test_a_model_without_a_loss_shares_nothing() -> None:
    found = find_shares(build(check(HEAD + "    output h[t]\n")))
    assert (found.joined, found.shares) == (frozenset(), frozenset())
