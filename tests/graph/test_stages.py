"""Which stages a model has, and what is computed in which of them."""

import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.stages import Plan, plan_stages
from rnndsl.graph.totals import split_totals
from rnndsl.graph.ways import WHOLE, Way
from rnndsl.ops import Op
from tests.graph.two_sequences import graph_of

ENCODER = ("g[s] : n = tanh(W @ g[s+1] + z[s])", "init h[t] = first(g[s] over s)", "h[t] : n = tanh(W @ h[t-1] + x[t])")
BOTH = ("g[t] : n = tanh(W @ g[t+1] + x[t])", "h[t] : n = tanh(W @ h[t-1] + g[t])")


def plan_of(*lines: str) -> Plan:
    return plan_stages(split_totals(graph_of(*lines, "y[t] ~ normal(h[t])")))


def names(plan: Plan) -> list[str]:
    return [f"{way.index.name}{'+' if way.forward else '-'}" if way.index else "" for way in plan.ways]


@pytest.mark.parametrize(
    ("lines", "ways"),
    [
        (("h[t] : n = tanh(W @ h[t-1] + x[t])",), ["", "t+", ""]),
        (("h[t] : n = tanh(W @ x[t])",), ["", "t+", ""]),
        (ENCODER, ["", "s-", "t+", ""]),
        (BOTH, ["", "t-", "t+", ""]),
        (("g[t] : n = tanh(W @ g[t-1] + x[t])", "h[t] : n = softmax(g[t] over t)"), ["", "t+", "", "t+", ""]),
    ],
)
def test_stages_go_one_way_along_one_sequence_each(lines: tuple[str, ...], ways: list[str]) -> None:
    plan = plan_of(*lines)
    assert names(plan) == ways
    assert plan.ways[0] == WHOLE
    assert list(plan.uncut()) == []


@pytest.mark.parametrize("lines", [ENCODER, BOTH])
def test_nothing_comes_before_what_it_needs(lines: tuple[str, ...]) -> None:
    plan = plan_of(*lines)
    for number, node in plan.graph.nodes.items():
        assert all(plan.place[operand] <= plan.place[number] for operand in node.operands)
    assert plan.place[plan.graph.outputs["loss"].node] == len(plan.ways) - 1


def test_what_is_given_is_made_again_and_products_of_other_sequences_are_not() -> None:
    plan = plan_of("h[t] : n = tanh(W @ h[t-1] + sum(softmax((W @ z[s]) @ h[t-1] over s) * tanh(z[s]) over s))")
    (stage,) = (k for k, way in enumerate(plan.ways) if way.index and way.index.name == "t")
    (product,) = (
        n for n, node in plan.graph.nodes.items() if node.op is Op.CONTRACT and n in plan.given and node.shape
    )
    assert plan.place[product] == 0
    assert not plan.is_made(product, stage)
    sources = [n for n, node in plan.graph.nodes.items() if node.op in {Op.INPUT, Op.PARAM}]
    assert all(plan.is_made(number, stage) for number in sources)


def test_weights_are_added_up_by_the_stage_that_goes_along_them() -> None:
    plan = plan_of("h[t] : n = tanh(W @ h[t-1] + x[t])")
    graph = plan.graph
    totals = [graph.nodes[graph.outputs[f"y.{part}"].node].operands[0] for part in ("nll", "weight")]
    assert [plan.ways[plan.place[number]] for number in totals] == [Way(graph.indices[-1])] * 2


def test_recurrences_without_a_sequence_are_whole() -> None:
    text = """
    model Net(n = 2):
        index  v : tree
        index  k : children(v)
        input  x[v] : n
        target y[v] : n
        h[v] : n = tanh(sum(h[k] over k) + x[v])
        y[v] ~ normal(h[v])
    """
    graph = build(check("\n".join(line.removeprefix("    ") for line in text.splitlines())))
    plan = plan_stages(split_totals(graph))
    assert set(plan.ways) == {WHOLE}
    assert list(plan.uncut()) == [], "only those along sequences count"
