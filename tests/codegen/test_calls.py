"""Calls in loops are short: numbers and what rows share are made ready before the loop."""

from pathlib import Path

import numpy as np

import rnndsl
from tests.codegen.emitting import statements, text_of
from tests.codegen.programs import body

CHARACTERS = Path(__file__).parents[2] / "specs" / "models" / "char_lstm.rnn"
CELL = (
    "input x[t] : n",
    "param W, U, b, p",
    "z[t] = sigmoid(W @ x[t] + U @ h[t-1] + p * h[t-1] + b)",
    "h[t] : n = z[t] * h[t-1] + (1 - z[t]) * tanh(x[t])",
    "output h[t]",
)
NORM = (
    "input x[t] : n",
    "param U",
    "h[t] : n = tanh(x[t] + U @ h[t-1] / sqrt(1 + h[t-1] @ h[t-1]))",
    "output h[t]",
)


def loop_of(lines: list[str]) -> list[str]:
    """Return the statements from the head of the loop."""
    (head,) = [k for k, line in enumerate(lines) if line.startswith("for ")]
    return lines[head:]


def test_numbers_are_arrays_before_the_loop() -> None:
    lines = statements(*CELL)
    assert "half = np.full((), 0.5, DTYPE)" in lines
    calls = [line for line in loop_of(lines) if line.startswith("np.")]
    assert [line for line in calls if ", half, " in line]
    assert not [line for line in calls if "0.5" in line]


def test_what_all_rows_share_becomes_rows() -> None:
    lines = statements(*CELL)
    made = {line.partition(" = ")[0] for line in lines if " = over_rows(" in line}
    assert made
    assert all(f"{name}[:live]" in " ".join(loop_of(lines)) for name in made)


def test_members_of_a_beam_stand_between_rows_and_gates() -> None:
    program = rnndsl.compile(CHARACTERS, dims={"vocab": 7, "hidden": 4, "layers": 1}, modes=["beam"])
    assert "gate_scale" in body(program.source, "beam")
    found = program.beam(program.init(0), {"y": np.full((3, 8), -1)}, width=2)
    assert found["y"].shape == (3, 1, 8)


def test_a_number_per_row_is_a_column() -> None:
    lines = loop_of(statements(*NORM))
    assert "column = (live, 1) if live != 1 else ()" in lines
    assert [line for line in lines if ".reshape(column)" in line]


def test_ragged_batches_are_what_their_examples_are() -> None:
    for spec in (CELL, NORM):
        program = rnndsl.compile(text_of(*spec), dtype="float64")
        params, x = program.init(0, n=5), np.random.default_rng(1).normal(size=(3, 12, 5))
        lengths = [12, 9, 1]
        whole = program.run(params, {"x": x}, lengths={"t": lengths})["h"]
        for k, length in enumerate(lengths):
            alone = program.run(params, {"x": x[k : k + 1, :length]})["h"]
            np.testing.assert_allclose(whole[k, :length], alone[0], atol=1e-14)
