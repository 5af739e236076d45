"""Cycles that read back and ahead, but in total only one way, are walked that way; others are left alone."""

import re
from collections.abc import Callable

import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.offsets import direction
from rnndsl.ops import Op
from rnndsl.passes.retime_reads import MOST_COPIES, retime_reads
from rnndsl.verify import verify
from tests.graph.examples import EXAMPLES, HIDDEN, C, N, Net, T, shift
from tests.graph.trees import CHILD, TREES
from tests.passes.checks import assert_pure

SPEC = """
model Retimed(n = 3):
    index t : sequence
    index k : 1..2
    input x[t] : n
    param W : n, n
    param s : n
{lines}    output a[t]
    loss sum(sum(a[t] * a[t]) over t)
"""


def spec(*lines: str) -> str:
    return SPEC.format(lines="".join(f"    {line}\n" for line in lines))


FORWARD = {
    "two equations": ("a[t] : n = tanh(W @ b[t+1] + x[t])", "b[t] = tanh(a[t-2] * x[t])"),
    "three equations": ("a[t] : n = tanh(W @ b[t+1] + x[t])", "b[t] = tanh(c[t+1] * x[t])", "c[t] = sin(a[t-3])"),
    "with inits": (
        "a[t] : n = tanh(W @ b[t+1] + x[t])",
        "b[t] = tanh(c[t+1] * x[t])",
        "c[t] = sin(a[t-3])",
        "init a[t] = s",
        "init b[t] = 2 * s",
        "init c[t] = -s",
    ),
    "inits by the point": (
        "a[t] : n = tanh(W @ b[t+1] + x[t])",
        "b[t] = tanh(a[t-2] * x[t])",
        "init a[t] = s * t",
        "init b[t] = t - s",
    ),
    "and itself": ("a[t] : n = tanh(W @ b[t+1] + a[t-1] + x[t])", "b[t] = tanh(a[t-2] * x[t])"),
    "far ahead": ("a[t] : n = tanh(W @ b[t+5] + x[t])", "b[t] = tanh(a[t-6] * x[t])"),
    "a conditional": (
        "a[t] : n = tanh(W @ b[t+1] + x[t])",
        "b[t] = tanh(a[t-2] * (1 if t == length(t) else 0.5))",
    ),
    "noise and a fold": ("a[t] : n = tanh(W @ b[t+1] + x[t])", "b[t] = softmax(a[t-2]) * dropout(x[t], 0.5)"),
    "with another index on the way": (
        "a[t] = sum(c[t, k] over k)",
        "c[t, k] : n = tanh(W @ b[t+1, k-1] + x[t])",
        "b[t, k] = tanh(c[t-2, k+1] * k)",
        "init b[t, k] = s * k",
    ),
    "over a range too": (
        "a[t] = sum(c[t, k] over k)",
        "c[t, k] : n = tanh(W @ b[t+1, k] + x[t])",
        "b[t, k] = tanh(c[t-2, k] * k)",
    ),
}


def mirrored(line: str) -> str:
    """Turn every offset around."""
    return re.sub(r"\[t([+-])", lambda found: "[t-" if found[1] == "+" else "[t+", line)


SPECS = {name: spec(*lines) for name, lines in FORWARD.items()}
SPECS |= {f"{name}, mirrored": spec(*map(mirrored, lines)) for name, lines in FORWARD.items()}
SPECS["two cycles, opposite"] = spec(
    "b[t] : n = tanh(W @ c[t+1] + x[t])",
    "c[t] = tanh(b[t-2] * x[t])",
    "a[t] : n = tanh(W @ d[t-1] + b[t])",
    "d[t] = tanh(a[t+2] * x[t])",
)


def ways(graph: RecurrenceGraph) -> list[bool | None]:
    """Return for every cycle the way that it moves along t."""
    (index,) = (index for index in graph.indices if index.name == "t")
    return [direction(graph, component, index) for component in graph.components if graph.is_cyclic(component)]


@pytest.mark.parametrize("name", SPECS)
def test_every_cycle_moves_one_way_afterwards(name: str) -> None:
    graph = build(check(SPECS[name]))
    assert None in ways(graph)
    retimed = assert_pure(graph, retime_reads)
    assert retimed is not graph
    assert ways(retimed)
    assert None not in ways(retimed)
    if not name.startswith("two cycles"):
        assert set(ways(retimed)) == {"mirrored" not in name}
    assert {name: one.domain for name, one in retimed.outputs.items()} == {
        n: o.domain for n, o in graph.outputs.items()
    }


@pytest.mark.parametrize("name", SPECS)
def test_the_program_means_what_the_spec_says(name: str) -> None:
    report = verify(SPECS[name])
    assert report.ok, report.lines


def test_two_opposite_cycles_keep_their_own_ways() -> None:
    retimed = retime_reads(build(check(SPECS["two cycles, opposite"])))
    assert ways(retimed) == [True, False]


@pytest.mark.parametrize("name", [*EXAMPLES, *TREES])
def test_what_moves_one_way_is_left_alone(name: str) -> None:
    graph = {**EXAMPLES, **TREES}[name]()
    assert retime_reads(graph) is graph


def test_what_moves_along_a_tree_is_left_alone() -> None:
    """Even where it reads back and ahead in time, so that along time alone it would be retimed."""
    net = Net("Both")
    x = net.input("x", (T, N), HIDDEN)
    a, b = net.equation("a", (T, N), HIDDEN), net.equation("b", (T, N), HIDDEN)
    net.define("a", net.op(Op.TANH, net.add(net.sum(net.read(net.read(b, shift(T, 1)), CHILD), C), x)))
    net.define("b", net.op(Op.SIN, net.read(a, shift(T, -2))))
    graph = net.finish(net.total(a))
    assert retime_reads(graph) is graph


def test_a_cycle_that_moves_along_another_index_is_left_alone() -> None:
    lines = ("a[t] : n = sum(g[t, k] over k)", "g[t, k] : n = tanh(d[t+1, k] + x[t])", "d[t, k] = sin(g[t-1, k-1])")
    graph = build(check(spec(*lines)))
    assert None in ways(graph)
    assert retime_reads(graph) is graph


def still() -> RecurrenceGraph:
    """`a[t] = f(b[t+1])`, `b[t] = g(a[t-1])` moves nowhere in total; the checks refuse it before."""
    net = Net("Still")
    x, a, b = net.input("x", (T,), HIDDEN), net.equation("a", (T,), HIDDEN), net.equation("b", (T,), HIDDEN)
    net.define("a", net.op(Op.TANH, net.add(net.read(b, shift(T, 1)), x)))
    net.define("b", net.op(Op.SIN, net.read(a, shift(T, -1))))
    return net.finish(net.total(a))


def window() -> RecurrenceGraph:
    """Read ahead by an index's number: there is no single step to copy for."""
    return build(check(spec("index j : -1..1", "a[t] : n = sum(b[t+j+1] over j) + x[t]", "b[t] = tanh(a[t-3])")))


def too_far() -> RecurrenceGraph:
    """Every step ahead takes another copy, and they are bounded."""
    far = 40 * MOST_COPIES
    return build(check(spec(f"a[t] : n = tanh(b[t+{far}] + x[t])", f"b[t] = tanh(b[t-1] + a[t-{far + 1}])")))


@pytest.mark.parametrize("make", [still, window, too_far])
def test_what_cannot_be_retimed_is_left_as_it_is(make: Callable[[], RecurrenceGraph]) -> None:
    graph = make()
    assert None in ways(graph)
    assert retime_reads(graph) is graph


@pytest.mark.parametrize("length", [40, 2000])
def test_long_chains_need_no_recursion(length: int) -> None:
    """One step ahead through many equations; each of them is copied once."""
    lines = [f"b_{k}[t] = tanh(b_{k + 1}[t])" for k in range(1, length)]
    graph = build(check(spec("a[t] : n = tanh(b_1[t+1] + x[t])", *lines, f"b_{length}[t] = sin(a[t-2])")))
    retimed = retime_reads(graph)
    assert ways(retimed) == [True]
    assert len(retimed.nodes) < len(graph.nodes) + length + 10


def test_many_steps_ahead_are_followed_to_their_end() -> None:
    lines = [f"b_{k}[t] = tanh(b_{k + 1}[t-1])" for k in range(1, 20)]
    text = spec("a[t] : n = tanh(b_1[t+20] + x[t])", *lines, "b_20[t] = sin(a[t-2])")
    assert ways(retime_reads(build(check(text)))) == [True]
    assert verify(text).ok


def test_every_stuck_cycle_is_retimed_at_once() -> None:
    lines = [
        line
        for k in range(2, 60)
        for line in (f"a_{k}[t] : n = tanh(b_{k}[t+1] + a_{k - 1}[t])", f"b_{k}[t] = tanh(a_{k}[t-2] * x[t])")
    ]
    graph = build(check(spec("a_1[t] : n = x[t]", *lines, "a[t] = a_59[t]")))
    assert ways(retime_reads(graph)) == [True] * 58
