"""Ranges written out: the same values, walks for every cycle, and what cannot be written out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op
from rnndsl.schedule.loops import find_unordered
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.unrolling import find_unrolled, unroll_ranges, unrolled_dims
from rnndsl.schedule.verify import verify_schedule
from rnndsl.verify.cases import draw_case
from tests.codegen.programs import PROGRAMS
from tests.schedule.specs import adjoint_of, graph_of

LAYERS = ("input x[s, i] : n", "h[s, i] : n = tanh(h[s-1, i] + last(h[s, i-1] over s) + x[s, i])")

WRITTEN_OUT = {
    "one after the other": (*LAYERS, "output h[s, i]"),
    "from behind": ("h[s, i] : n = tanh(h[s+1, i] + first(h[s, i+1] over s) + x[s, i])", "output h[s, i]"),
    "both ways": ("h[s, i] : n = tanh(h[s-1, i] + last(h[s, i-1] over s) + x[s, 4-i])", "output h[s, i]"),
    "an init at a point": (LAYERS[1], "init h[s, i] = x[s, i] * 0.5", "output h[s, i]"),
    "the reader's point": ("h[s, i] : n = tanh(h[s-i, i] + last(h[s, i-1] over s) + x[s, i])", "output h[s, i]"),
    "an init by example": ("h[s, i] : n = cos(h[s-1, i] + q[i-1])", "q[i] : n = sum(h[s, i] over s)", "init q = w"),
    "its number": ("h[s, i] : n = tanh(h[s-1, i] * i + last(h[s, i-1] over s) + x[s, i])", "output h[s, i]"),
    "a product": ("h[s, i] : n = tanh(V[i] @ h[s-1, i] + last(h[s, i-1] over s) + x[s, i])", "output h[s, i]"),
}


def lines_of(lines: Sequence[str]) -> tuple[str, ...]:
    declared = ("input x[s, i] : n", "input w : n", "param V[i] : n, n")
    shown = () if any(line.startswith("output") for line in lines) else ("output h[s, i]",)
    return (*declared, *(line for line in lines if not line.startswith("input x")), *shown, "output used = w @ w")


def assert_same(before: RecurrenceGraph, after: RecurrenceGraph) -> None:
    verify_graph(after)
    case = draw_case(before, 0)
    wanted = {name: output for name, output in before.outputs.items() if name != "used"}
    expected = interpret(before, case.params, case.data, dims=case.dims, outputs=wanted, **case.points)
    found = interpret(after, case.params, case.data, dims=case.dims, outputs=wanted, **case.points)
    for name, value in expected.items():
        for ours, theirs in zip(found[name], value, strict=True) if isinstance(value, list) else [(found[name], value)]:
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("lines", WRITTEN_OUT.values(), ids=WRITTEN_OUT.keys())
def test_the_meaning_stays_and_walks_order_every_cycle(lines: tuple[str, ...]) -> None:
    graph = graph_of(*lines_of(lines))
    assert find_unrolled(graph) is not None
    unrolled = unroll_ranges(graph)
    assert not list(find_unordered(unrolled))
    assert_same(graph, unrolled)
    verify_schedule(make_schedule(graph))


@pytest.mark.parametrize("mode", ["observe", "sample"])
@pytest.mark.parametrize("name", ["StagesOfASentence", "RoundAndDown", "VoiceAfterVoice"])
def test_the_meaning_of_models_stays(name: str, mode: str) -> None:
    graph = build(check(PROGRAMS[name]), "observe" if mode == "observe" else "sample")
    if mode == "observe":
        assert_same(graph, unroll_ranges(graph))
    assert not list(find_unordered(unroll_ranges(graph)))


def test_the_meaning_of_an_adjoint_stays() -> None:
    graph = adjoint_of(*LAYERS, "loss sum(sum(h[s, i] @ h[s, i] over i) over s)")
    assert len(list(find_unordered(graph))) == 2
    assert_same(graph, unroll_ranges(graph))


def test_what_walks_order_stays_as_it_is() -> None:
    graph = graph_of("input x[t, i] : n", "h[t, i] : n = tanh(h[t-1, i] + h[t, i-1] + x[t, i])", "output h[t, i]")
    assert find_unrolled(graph) is None
    assert unroll_ranges(graph) is graph
    assert not unrolled_dims(graph)


def test_points_are_equations_with_names_of_their_own() -> None:
    equations = unroll_ranges(graph_of(*LAYERS, "output h[s, i]")).equations
    assert [name for name in equations if name.startswith("h")] == ["h", "h_1", "h_2", "h_3"]
    assert equations["h_2"].text.startswith("i = 2: h[s, i] = ")
    assert [index.name for index in equations["h_2"].domain] == ["s"]


@pytest.mark.parametrize("read", ["h[s, 2]", "last(h[s, i] over i)"])
def test_who_reads_one_point_reads_it_alone(read: str) -> None:
    graph = graph_of(*LAYERS, f"output z[s] = {read}")
    unrolled = unroll_ranges(graph)
    assert Op.WHERE not in {node.op for node in unrolled.nodes.values()}  # nothing is put side by side again
    assert_same(graph, unrolled)


def test_dimensions_that_say_how_often() -> None:
    assert unrolled_dims(graph_of(*LAYERS, "output h[s, i]")) == {"k"}
    assert unrolled_dims(build(check(PROGRAMS["DrawnStages"]), "sample")) == frozenset()
    text = PROGRAMS["LayerAfterLayer"].replace("depth = 3", "depth")
    with pytest.raises(SpecError, match="RNN220: `depth` says how often a cycle is written out, and has no value"):
        build(check(text))
    assert build(check(text, dims={"depth": 2})).fixed_dims == {"depth"}


def test_dimensions_that_may_change_are_no_number_of_points() -> None:
    with pytest.raises(SpecError, match="RNN220: a cycle is written out for every point of the range `i`"):
        unroll_ranges(replace(graph_of(*LAYERS, "output h[s, i]"), fixed_dims=frozenset()))


def test_too_many_points_are_refused() -> None:
    with pytest.raises(
        SpecError, match="RNN490: a cycle is written out for every point of the range `i`, and 4000"
    ) as e:
        make_schedule(graph_of(*LAYERS, "output h[s, i]", dims={"k": 4000}))
    assert e.value.diagnostics[0].help is not None


def test_windows_along_the_range_are_not_written_out() -> None:
    graph = graph_of(
        "index j : 1..2", "h[s, i] : n = tanh(h[s-1, i] + sum(last(h[s, i-j] over s) over j))", "output h[s, i]"
    )
    assert len(list(find_unordered(graph))) == 1
    assert find_unrolled(graph) is None
    with pytest.raises(SpecError, match="RNN490: no walks"):
        make_schedule(graph)
