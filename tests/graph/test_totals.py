"""Sums over points, of every example by itself."""

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.totals import BEGIN, end_as_total, split_totals
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op

HEAD = "model Net(n = 2):\n    index t : sequence\n    input x[t] : n\n    target y[t] : n\n"
LENGTHS = (3, 0, 1)


def graph_of(*lines: str) -> RecurrenceGraph:
    return build(check(HEAD + "".join(f"    {line}\n" for line in lines)))


def data_of() -> dict[str, list[np.ndarray]]:
    rng = np.random.default_rng(0)
    return {name: [rng.normal(size=(length, 2)) for length in LENGTHS] for name in ("x", "y")}


def test_examples_are_summed_behind_their_points() -> None:
    graph = graph_of("y[t] ~ normal(x[t]) weight t")
    split = split_totals(graph)
    verify_graph(split)
    for name in ("loss", "y.nll", "y.weight"):
        ours, plain = (float(interpret(one, {}, data_of(), dims={"n": 2})[name]) for one in (split, graph))  # type: ignore[arg-type]
        assert ours == pytest.approx(plain, rel=1e-14)
    (total,) = (split.nodes[operand] for operand in split.nodes[split.outputs["y.nll"].node].operands)
    assert (total.op, total.batch, total.domain) == (Op.CONTRACT, True, ())


@pytest.mark.parametrize("end", ["first", "last"])
@pytest.mark.parametrize("begin", [True, False])
def test_ends_are_sums_and_an_init_counts_in_the_first_segment_only(end: str, begin: bool) -> None:  # noqa: FBT001
    graph = graph_of(
        "init h[t] = 7", "h[t] : n = tanh(x[t])", f"z : n = {end}(h[t] over t)", "output z", "y[t] ~ normal(x[t])"
    )
    number = graph.outputs["z"].node
    builder = Builder.of(graph)
    (index,) = (one for one in graph.indices if one.name == "t")
    made = finish(builder, graph, [OutputInfo("z", end_as_total(builder, number, index), ())])
    verify_graph(made)
    data = data_of() | {f"option {BEGIN}": [np.array(float(begin))]}
    found, plain = (interpret(one, {}, data, dims={"n": 2})["z"] for one in (made, graph))
    for example, (ours, value) in enumerate(zip(found, plain, strict=True)):
        begun = LENGTHS[example] > 0 or begin
        np.testing.assert_allclose(ours, value if begun else np.zeros(2), rtol=1e-15)
