"""Gradients by segments are those of the whole, in less memory."""

import tracemalloc
from functools import cache
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import assemble, build, check, segments_of
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.locations import data_folder
from rnndsl.runtime.checkpointing import check_checkpoint
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import Case, draw_case

MODES = ("observe", "checkpoint")
HEAD = """
model Own(n = 3):
    index  s, t : sequence
    input  x[t] : n
    target y[t] : n
    param  W, U : n, n
    param  a : n
"""
#: What one stage can have: delays, inits, masks, weights, targets that are read back, sums and ends, their squares.
ONE = """
    init h[t] = tanh(a + x[t+1])
    h[t] : n = tanh(W @ dropout(h[t-1], 0.4) + U @ y[t-2] + h[t-3] + x[t] / t + dropout(x[t], 0.3, tie = t))
    y[t] ~ normal(h[t]) weight (1 if t > 2 else 0.5)
    loss 0.1 * sum(h[t] @ a over t) ^ 2 + mean(h[t] @ h[t] over t)
    loss last(h[t] over t) @ (W @ first(h[t] over t)) + a @ a
"""
#: Stages that go both ways, the last one from the end, with a mask that is held for all points.
BOTH = """
    g[t] : n = tanh(W @ dropout(g[t+1], 0.4, tie = t) + x[t])
    h[t] : n = tanh(U @ h[t-1] + dropout(g[t], 0.3) + g[t+2])
    e[t] : n = tanh(W @ dropout(e[t+1], 0.4) + h[t-1] + g[t] / t)
    init e[t] = a
    y[t] ~ normal(e[t] + h[t])
"""
#: A sequence of its own, read from its end, attended to, and whose states begin the other one; a softmax over points.
TWO = """
    input  z[s] : n
    g[s] : n = tanh(W @ g[s+1] + dropout(z[s], 0.3))
    init h[t] = first(g[s] over s)
    h[t] : n = tanh(U @ h[t-1] + x[t] + sum(softmax((W @ g[s]) @ h[t-1] over s) * g[s] over s))
    p[t] = softmax(h[t] @ a over t)
    y[t] ~ normal(h[t] * sum(p[t] * h[t] over t))
"""
#: Points of two sequences at once, both ways.
GRID = """
    input  z[s] : n
    g[s, t] : n = tanh(W @ dropout(g[s-1, t], 0.3) + U @ g[s, t-1] + x[t] + dropout(z[s], 0.2))
    h[s, t] : n = tanh(W @ h[s+1, t] + U @ h[s, t+1] + dropout(g[s, t], 0.3, tie = s))
    y[t] ~ normal(sum(h[s, t] over s))
"""
#: Nothing that crosses.
POINTS = """
    y[t] ~ normal(W @ dropout(x[t], 0.3) + x[t-1]) weight t
    loss sum(x[t] @ (U @ x[t]) over t) * a @ a
"""
TEXTS = {"one": ONE, "both": BOTH, "two": TWO, "grid": GRID, "points": POINTS}


@cache
def case_of(name: str) -> tuple[Program, Case]:
    graph = build(check(HEAD + TEXTS[name].removeprefix("\n")))
    program = assemble(graph, dtype="float64", segments=segments_of(graph))
    return program, draw_case(graph, 0)


def require_same(ours: Any, found: dict[str, Any], loss: Any, grads: dict[str, Any]) -> None:
    """Compare a loss, its terms and gradients."""
    assert float(ours) == pytest.approx(float(loss), rel=1e-12)
    assert ours.terms.keys() == loss.terms.keys()
    for name, pair in loss.terms.items():
        assert ours.terms[name] == pytest.approx(pair, rel=1e-12)
    assert found.keys() == grads.keys()
    for name, array in grads.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12, atol=1e-12 * np.abs(array).max(), err_msg=name)


@pytest.mark.parametrize("noise", [None, 5])
@pytest.mark.parametrize("name", TEXTS)
def test_gradients_are_those_of_the_whole(name: str, noise: int | None) -> None:
    """With dropout, too: in a segment are the masks of the whole."""
    program, case = case_of(name)
    loss, grads = program.loss_and_grad(case.params, case.data, **case.points, noise=noise)
    assert all(np.abs(grads[param]).max() > 0 for param in ("W", "U"))
    for checkpoint in (1, 2, "sqrt", 100):
        found = program.loss_and_grad(case.params, case.data, **case.points, noise=noise, checkpoint=checkpoint)
        require_same(*found, loss, grads)


@pytest.mark.parametrize("name", TEXTS)
def test_examples_may_be_padded_and_empty(name: str) -> None:
    program, case = case_of(name)
    lengths = {"t": [4, 0, 3] if name in {"both", "points"} else [4, 1, 3], "s": [1, 2, 3]}
    lengths = {index: own for index, own in lengths.items() if index == "t" or "z" in program.inputs}
    rng = np.random.default_rng(1)
    sizes = {"t": 6, "s": 5}
    data = {n: rng.normal(size=(3, sizes[info.domain[0].name], 3)) for n, info in program.inputs.items()}
    loss, grads = program.loss_and_grad(case.params, data, lengths=lengths, noise=2)
    require_same(*program.loss_and_grad(case.params, data, lengths=lengths, noise=2, checkpoint=2), loss, grads)


@pytest.mark.parametrize("name", TEXTS)
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    program, case = case_of(name)

    def loss_at(step: float) -> float:
        params = {
            n: array + step * np.cos(np.arange(array.size)).reshape(array.shape) for n, array in case.params.items()
        }
        return float(program.loss_and_grad(params, case.data, **case.points, checkpoint=2, noise=1)[0])

    _, grads = program.loss_and_grad(case.params, case.data, **case.points, checkpoint=2, noise=1)
    slope = sum(float((array.ravel() * np.cos(np.arange(array.size))).sum()) for array in grads.values())
    assert (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5 == pytest.approx(slope, rel=1e-6)


def test_a_mask_that_is_held_is_the_same_in_all_segments() -> None:
    """With all of `h` dropped or not by one mask, a component that is dropped once stays so: the sum tells it."""
    text = HEAD + "    h[t] : n = dropout(x[t], 0.5, tie = t)\n    loss sum(h[t] @ a over t)\n"
    graph = build(check(text.replace("    target y[t] : n\n", "")))
    program = assemble(graph, dtype="float64", segments=segments_of(graph))
    params = {"W": np.zeros((3, 3)), "U": np.zeros((3, 3)), "a": np.ones(3)}
    data = {"x": np.ones((4, 9, 3))}
    for seed in range(4):
        _, grads = program.loss_and_grad(params, data, noise=seed, checkpoint=2)
        assert set(grads["a"].tolist()) <= {4.5 * k for k in range(5)}


def test_chunks_carry_from_one_to_the_next() -> None:
    """The same truncated gradients as without checkpoints, chunk by chunk."""
    text = TEXTS["one"].partition("    loss")[0].replace("x[t+1]", "a")
    program = rnndsl.compile(HEAD + text.removeprefix("\n"), dtype="float64", modes=MODES)
    params, rng = case_of("one")[1].params, np.random.default_rng(3)
    data = {name: rng.normal(size=(2, 8, 3)) for name in "xy"}
    plain: Any = {}
    ours: Any = {}
    for start in (0, 4):
        chunk = {name: value[:, start : start + 4] for name, value in data.items()}
        loss, grads, plain = program.loss_and_grad(params, chunk, carry=plain)
        found = program.loss_and_grad(params, chunk, carry=ours, checkpoint=3)
        require_same(found[0], found[1], loss, grads)
        ours = found[2]
    with pytest.raises(DataError, match="the carry"):
        program.loss_and_grad(params, chunk, carry=plain, checkpoint=3)


def test_chunks_are_for_models_that_run_in_chunks() -> None:
    program, case = case_of("both")
    with pytest.raises(DataError, match="cannot be run in chunks: it looks ahead"):
        program.loss_and_grad(case.params, case.data, **case.points, carry={}, checkpoint=2)


@pytest.mark.parametrize(
    ("name", "dims", "most"),
    [
        ("char_lstm", {"vocab": 7, "hidden": 8}, 2.5),
        ("sequence_classifier", {"vocab": 7, "hidden": 8, "classes": 3}, 2.5),
        ("seq2seq", {"source_vocab": 5, "target_vocab": 5, "hidden": 8, "layers": 1}, 2.5),
        ("tagger", {"words": 7, "tags": 5, "hidden": 8}, 4.0),
    ],
)
def test_memory_grows_with_the_root_of_the_length(name: str, dims: dict[str, int], most: float) -> None:
    """But for the states that a net in both directions hands over, of one direction: four times the length."""
    program = rnndsl.compile(data_folder("specs") / "models" / f"{name}.rnn", dims=dims, modes=MODES)
    params, peaks = program.init(0), dict[tuple[int, bool], int]()
    for points in (4, 36, 144):
        data = {n: np.zeros((50, points) if info.domain else 50, np.int64) for n, info in program.inputs.items()}
        for checkpoint in (None, "sqrt"):
            tracemalloc.start()
            program.loss_and_grad(params, data, checkpoint=checkpoint)
            peaks[points, checkpoint is not None] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            for pool in program._module["POOLS"].values():  # noqa: SLF001
                pool.clear()
    assert peaks[144, True] < most * peaks[36, True], peaks
    assert peaks[144, True] < 0.6 * peaks[144, False], peaks


def test_models_that_cannot_be_cut_are_refused() -> None:
    with pytest.raises(DataError, match="nothing in it goes along a sequence, which is what is cut"):
        rnndsl.compile(data_folder("specs") / "models" / "tree_lstm.rnn", modes=MODES)


def test_only_gradients_of_parameters_and_only_where_it_was_asked_for() -> None:
    program, case = case_of("both")
    with pytest.raises(DataError, match="of parameters only"):
        program.loss_and_grad(case.params, case.data, **case.points, wrt="all", checkpoint=3)
    plain = rnndsl.compile(HEAD + BOTH.removeprefix("\n"), dtype="float64")
    with pytest.raises(DataError, match='without mode "checkpoint"'):
        plain.loss_and_grad(case.params, case.data, **case.points, checkpoint=3)


@pytest.mark.parametrize("given", [0, -1, 2.5, "root", True])
def test_what_is_no_segment_is_refused(given: object) -> None:
    with pytest.raises(DataError, match="checkpoint is"):
        check_checkpoint(given)
