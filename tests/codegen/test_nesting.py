"""Walks inside the steps of others: whatever lengths they have in a batch, steps are met in the right order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen.context import Context
from rnndsl.codegen.nesting import nested_walks
from rnndsl.graph.interpret import interpret
from rnndsl.indices import Index, Kind
from rnndsl.runtime.program import Program
from rnndsl.schedule.plan import Inner, Layout
from rnndsl.verify.cases import Case, draw_case, draw_data
from tests.codegen.emitting import context_of
from tests.codegen.programs import PROGRAMS, body, compile_small

P, Q, R = (Index(name, Kind.SEQUENCE, k) for k, name in enumerate("pqr"))


def emitted(layout: Layout) -> tuple[dict[str, str], str, list[str]]:
    """Return the weights and the other arguments of a layout's `Rows`, and the lines before it."""
    c: Context = context_of("input x[t] : n", "output z[t] = tanh(x[t])")
    lines: list[str] = []
    weights, rest = nested_walks(c, layout, lines)
    assert nested_walks(c, layout, lines) == (weights, rest)  # and no line more
    return {index.name: weight for index, weight in weights.items()}, rest, lines


def test_a_step_around_is_as_long_as_the_walk_inside() -> None:
    layout = Layout((P, Q), ((P, 1),), sliced=False, inside=(Inner(((Q, 1),)),), spot=(0, 0))
    weights, rest, lines = emitted(layout)
    assert weights == {"p": "q_in_turn", "q": "1"}
    assert rest == ", steps=p_loop_steps"
    assert lines == [
        "q_steps = turns((q, 1))",
        "q_in_turn = in_turn(q_steps)",
        "p_loop_steps = int((turns((p, 1)) * q_in_turn).max(initial=0))",
    ]


def test_what_comes_behind_walks_begins_with_their_last_step() -> None:
    inside = (Inner(((Q, 1),)), Inner(((R, 2),), forward=False, inside=(Inner(((Q, 1),)),)))
    weights, rest, _ = emitted(Layout((P,), ((P, 1),), sliced=False, inside=inside, spot=(2,)))
    assert weights == {"p": "q_r_in_turn"}
    assert rest == ", steps=p_loop_steps, begin=in_turn(q_steps, r_steps) - 1"
    weights, rest, lines = emitted(Layout((P, R), ((P, 1),), sliced=False, inside=inside, spot=(1, 1)))
    assert weights == {"p": "q_r_in_turn", "r": "-2 * q_in_turn"}
    assert rest == ", steps=p_loop_steps, begin=in_turn(q_steps, q_steps) - 1"
    assert "r_steps = turns((r, 2)) * q_in_turn" in lines


def ragged(program: Program, seed: int, examples: int = 5) -> Case:
    """Draw a case whose lengths are anything up to four, from nothing where data are no grids."""
    least = int(any(len(info.domain) > 1 for info in program.inputs.values()))
    rng = np.random.default_rng(seed)
    case = draw_case(program.graph, seed)
    lengths = {name: rng.integers(least, 5, examples).tolist() for name in case.lengths}
    return draw_data(program.graph, rng, replace(case, lengths=lengths), absent=0.0)


@pytest.mark.parametrize("name", ["Sentences", "Chapters", "GridOfSequences", "TwoKinds", "WholeRows", "Depths"])
def test_lengths_of_all_kinds_stand_side_by_side(name: str) -> None:
    program = compile_small(PROGRAMS[name])
    for seed in range(3):
        case = ragged(program, seed)
        expected = interpret(program.graph, case.params, case.data, dims=case.dims, **case.points)
        loss, grads = program.loss_and_grad(case.params, case.data, wrt="all", **case.points)
        assert float(loss) == pytest.approx(float(np.asarray(expected["loss"])), rel=1e-12)
        assert_slope(program, case, grads)


def assert_slope(program: Program, case: Case, grads: Mapping[str, NDArray[Any]]) -> None:
    """Compare the derivative along a random direction through all parameters with a complex step."""
    rng = np.random.default_rng(7)
    moved = {key: rng.normal(size=value.shape) for key, value in case.params.items()}
    params = {key: value + 1e-30j * moved[key] for key, value in case.params.items()}
    slope = interpret(program.graph, params, case.data, dims=case.dims, **case.points)["loss"]
    ours = sum(float((grads[key] * moved[key]).sum()) for key in moved)
    assert ours == pytest.approx(float(np.imag(slope)) / 1e-30, rel=1e-9, abs=1e-12)


def test_a_loop_says_what_it_walks_and_passes_over_spots_where_nobody_is() -> None:
    text = body(compile_small(PROGRAMS["Sentences"]).source, "forward")
    (said,) = [line.strip() for line in text.splitlines() if "in every step" in line]
    assert said == "# m upward, in every step n upward, then n downward"
    loop = text[text.index(said) :].partition("\n    if scored:")[0]
    passed = [line.strip() for line in loop.splitlines() if line.startswith("        if live_")]
    assert len(passed) == len(set(passed)) == 4  # before, in both walks, behind
