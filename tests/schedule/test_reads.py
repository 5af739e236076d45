"""Splitting reads keeps the meaning of a graph and leaves only the forms that code generation knows."""

import numpy as np
import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.node import ReadAt
from rnndsl.graph.verify import verify_graph
from rnndsl.indices import Affine
from rnndsl.ops import Op
from rnndsl.schedule.reads import split_reads
from rnndsl.verify.cases import draw_case
from tests.schedule.specs import TREE, adjoint_of, graph_of

X = "input x[t] : n"
PROGRAMS = {
    "delays": (X, "h[t] : n = sin(h[t-1] + h[t-3] + x[t-1])", "output h[t]"),
    "one init": (X, "param a", "h[t] : n = sin(h[t-1] + h[t-2] + x[t])", "init h = a", "output h[t]"),
    "init by point": (X, "param a", "h[t] : n = sin(h[t-1] + h[t-3] + x[t])", "init h[t] = a * t", "output h[t]"),
    "ahead": (X, "param a", "g[t] : n = sin(g[t+2] + x[t])", "init g[t] = a * t", "output g[t]"),
    "both sides": (X, "param a", "h[t] : n = 2 * x[t] + a", "init h[t] = a * t", "output z[t] = h[t-1] * h[t+1]"),
    "mixed": (
        "input x[t, i] : n",
        "h[t, i] : n = sin(h[t-1, i-1] + x[t, i])",
        "init h[t, i] = t + i",
        "output h[t, i]",
    ),
    "window": (X, "param a", "init x[t] = a * t", "output z[t] = sum(x[t-i] * i over i)"),
    "constant": (X, "param b", "c[t] = sin(b)", "init c[t] = 2 * b", "output z[t] = c[t-1] + x[t]"),
    "corner": (
        "input x[t, s] : n",
        "param a",
        "h[t, s] : n = sin(h[t-1, s-1] + h[t-1, s] + h[t, s-2] + x[t, s])",
        "init h = a",
        "output h[t, s]",
    ),
    "edges by point": (
        "input x[t, s] : n",
        "param a",
        "h[t, s] : n = sin(h[t-1, s] + h[t, s+1] + x[t, s])",
        "init h[t, s] = a * (t + 2 * s)",
        "output h[t, s]",
    ),
    "grid and range": (
        "input x[t, s, i] : n",
        "h[t, s, i] : n = sin(h[t-1, s-1, i-1] + x[t, s, i])",
        "init h[t, s, i] = t + s + i",
        "output h[t, s, i]",
    ),
    "fewer indices than an init": (X, "output q[t, s] = z[t-1, s] + 0 * s", "z[t, s] = x[t]", "init z[t, s] = s"),
    "children": (
        *TREE,
        "input x[m] : n",
        "param a",
        "h[m] : n = sin(h[child(m, 1)] + 2 * h[child(m, 2)] + sum(h[c] over c) + x[m])",
        "init h[m] = a",
        "output h[m]",
    ),
    "parents": (
        *TREE,
        "input x[m] : n",
        "param a",
        "h[m] : n = sin(h[parent(m)] + x[m])",
        "init h = a",
        "output z[m] = h[parent(m)] * x[parent(m)]",
    ),
    "children by range": (
        *TREE,
        "input x[m] : n",
        "param a",
        "h[m] : n = sin(sum(i * h[child(m, i)] over i) + x[m])",
        "init h[m] = a",
        "output h[m]",
    ),
    "ends": (X, "input y[s] : n", "output z[t] = x[t] + first(y[s] over s) + last(y[s] over s)"),
}


def reads(graph: RecurrenceGraph) -> list[ReadAt]:
    """Return the accesses of all reads."""
    return [n.attr for n in graph.nodes.values() if n.op is Op.READ and isinstance(n.attr, ReadAt)]


def assert_same(before: RecurrenceGraph, after: RecurrenceGraph) -> None:
    case = draw_case(before, 0)
    expected = interpret(before, case.params, case.data, dims=case.dims, **case.points)
    found = interpret(after, case.params, case.data, dims=case.dims, **case.points)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        for ours, theirs in zip(found[name], value, strict=True) if isinstance(value, list) else [(found[name], value)]:
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_the_meaning_stays(lines: tuple[str, ...]) -> None:
    graph = graph_of(*lines)
    split = split_reads(graph)
    verify_graph(split)
    assert_same(graph, split)


@pytest.mark.parametrize(("name", "over"), [("mixed", "t, i"), ("corner", "t, s"), ("children", "m")])
def test_the_meaning_of_an_adjoint_stays(name: str, over: str) -> None:
    graph = adjoint_of(*PROGRAMS[name][:-1], f"loss sum(sum(h[{over}]) over {over})")
    assert_same(graph, split_reads(graph))


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_only_simple_reads_are_left(lines: tuple[str, ...]) -> None:
    for attr in reads(split_reads(graph_of(*lines))):
        assert len({index.ragged for index, _ in attr.at}) == 1  # along ragged indices, or along ranges


def test_one_init_stands_in_the_halo() -> None:
    split = split_reads(graph_of(*PROGRAMS["one init"]))
    inits = {n.operands[1:] for n in split.nodes.values() if n.op is Op.READ}
    assert len(inits) == 1
    assert Op.WHERE not in {node.op for node in split.nodes.values()}


def test_other_inits_are_put_in_by_where() -> None:
    split = split_reads(graph_of(*PROGRAMS["init by point"]))
    assert Op.WHERE in {node.op for node in split.nodes.values()}
    shifts = [n for n in split.nodes.values() if n.op is Op.READ]
    assert all(len(node.operands) == 1 for node in shifts)


def test_simple_reads_are_left_alone() -> None:
    graph = graph_of(*PROGRAMS["delays"])
    assert sorted(map(repr, reads(split_reads(graph)))) == sorted(map(repr, reads(graph)))
    assert all(isinstance(access, Affine) for attr in reads(graph) for _, access in attr.at)
