"""The members of a beam are an index of what depends on the choices, and of nothing else."""

import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.members import find_members, member_of, spread_members
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op

TEXT = """
model Net(k, n):
    index  s, t : sequence
    input  x[s] : n
    target y[t] : token(k)
    param  A, R, E, V
    e[s] : n    = tanh(A @ e[s-1] + x[s])
    w[t, s]     = softmax(d[t-1] @ e[s] over s)
    d[t] : n    = tanh(R @ d[t-1] + E @ y[t-1] + sum(w[t, s] * e[s] over s))
    init d[t]   = last(e)
    y[t] ~ categorical(V @ d[t])
"""


def test_what_depends_on_the_choices_has_members_and_an_encoder_has_none() -> None:
    graph = build(check(TEXT), "beam")
    verify_graph(graph)
    domains = {name: [index.name for index in graph.nodes[e.node].domain] for name, e in graph.equations.items()}
    assert domains == {"e": ["s"], "d": ["t", "y.beam"], "w": ["s", "t", "y.beam"], "y": ["t", "y.beam"]}
    member = find_members(graph)
    assert member == member_of("y")
    assert graph.indices[-1] == member
    beam = next(node for node in graph.nodes.values() if node.op is Op.BEAM)
    assert member not in graph.nodes[beam.operands[1]].domain  # a prompt is the same for all members


@pytest.mark.parametrize("mode", ["observe", "sample"])
def test_a_graph_without_a_beam_stays_as_it_is(mode: str) -> None:
    graph = build(check(TEXT), "sample" if mode == "sample" else "observe")
    assert find_members(graph) is None
    assert spread_members(graph) is graph
