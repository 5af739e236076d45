"""Losses that add up over a sequence, and those that do not."""

import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.adding import ONCE, add_up
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.segments import cut_sequence, make_segment
from rnndsl.ops import Op

HEAD = """model Net(n = 2):
    index t : sequence
    input x[t] : n
    param a : n
    h[t] : n = tanh(h[t-1] + x[t] * a)
"""


def graph_of(loss: str) -> RecurrenceGraph:
    return build(check(f"{HEAD}    loss {loss}\n"))


@pytest.mark.parametrize(
    ("loss", "count"),
    [("sum(h[t] @ a over t)", 1), ("sum(h[t] @ a over t) / 2 - 3 * sum(h[t] @ x[t] over t)", 2), ("a @ a", 0)],
)
def test_sums_over_points_and_what_is_linear_in_them(loss: str, count: int) -> None:
    graph = graph_of(loss)
    found = add_up(graph, cut_sequence(graph))
    assert found is not None
    assert len(found.sums) == count


@pytest.mark.parametrize(
    "loss", ["exp(sum(h[t] @ a over t))", "a @ a / sum(h[t] @ h[t] over t)", "sum(h[t] @ a over t) ^ 2"]
)
def test_anything_else_does_not_add_up(loss: str) -> None:
    graph = graph_of(loss)
    assert add_up(graph, cut_sequence(graph)) is None


def test_what_has_nothing_to_do_with_the_sequence_counts_once() -> None:
    """Only as a term of the loss, not where a point needs it, too."""
    segment = make_segment(graph_of("sum((a @ a) * (h[t] @ a) over t) + a @ a"))
    (once,) = [number for number, node in segment.nodes.items() if node.op is Op.OPTION and node.attr == ONCE]
    (product,) = segment.users[once]
    assert segment.nodes[product].op is Op.MUL
    (penalty,) = [operand for operand in segment.nodes[product].operands if operand != once]
    assert len(segment.users[penalty]) == 2
