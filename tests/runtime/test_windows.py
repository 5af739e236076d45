"""Long sequences window by window: the results of the whole, in memory that they alone make grow."""

import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rnndsl
from rnndsl.runtime import windows
from rnndsl.runtime.windows import Windows

TEXT = """
model Net(words = 7, hidden = 6, n = 3):
    index  t : sequence
    input  a[t] : n
    input  b : n
    target y[t] : token(words)
    param  W, U, S, V
    param  E : hidden, words
    c[t] : hidden = tanh(W @ a[t] + E @ y[t-1] + U @ h[t-1]) + c[t-2] / 2
    h[t] : hidden = tanh(c[t]) * c[t-1]
    y[t] ~ categorical(V @ h[t] + S @ b)
    output g[t] = h[t]
"""
LENGTHS = [23, 9, 0, 17]


def small(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make windows of a few steps; return a list that gets their numbers of steps."""
    seen: list[int] = []
    for name, value in (("LONG", 40), ("POINTS", 12), ("STEPS", 4)):
        monkeypatch.setattr(windows, name, value)
    run = Windows.run

    def noted(self: Windows, call: windows.Call) -> windows.Arrays:
        seen.append(self.steps)
        return run(self, call)

    monkeypatch.setattr(Windows, "run", noted)
    return seen


@pytest.fixture(scope="module")
def program() -> rnndsl.Program:
    return rnndsl.compile(TEXT, dtype="float64", modes=("observe", "sample"))


def batch() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    numbers = [rng.normal(size=(n, 3)) for n in LENGTHS]
    return {"a": numbers, "b": rng.normal(size=(4, 3)), "y": [rng.integers(0, 7, n) for n in LENGTHS]}


def equal(one: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]) -> None:
    assert list(one) == list(other)
    for name, value in one.items():
        assert value.dtype == other[name].dtype
        np.testing.assert_allclose(value, other[name], rtol=1e-12, atol=1e-12)


def test_windows_give_what_the_whole_gives(program: rnndsl.Program, monkeypatch: pytest.MonkeyPatch) -> None:
    params, data, lengths = program.init(0), batch(), {"t": LENGTHS}
    padded = {**data, "a": np.full((4, 30, 3), np.nan), "y": np.full((4, 30), -(2**40))}
    for e, n in enumerate(LENGTHS):
        padded["a"][e, :n], padded["y"][e, :n] = data["a"][e], data["y"][e]
    prompts = {**data, "y": [own[:6] for own in data["y"]]}
    calls: list[Callable[[], Mapping[str, NDArray[Any]]]] = [
        lambda: program.run(params, data),
        lambda: program.run(params, padded, lengths=lengths),
        lambda: program.sample(params, prompts, seed=3),
        lambda: program.sample(params, {**data, "y": [own[:0] for own in data["y"]]}, greedy=True),
        lambda: program.sample(params, prompts, seed=3, end=2),
    ]
    whole = [call() for call in calls]
    seen = small(monkeypatch)
    for call, wanted in zip(calls, whole, strict=True):
        equal(call(), wanted)
    assert seen == [5] * 5  # five windows of at least four steps


def test_a_call_with_a_carry_is_a_chunk_as_it_is(program: rnndsl.Program, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = small(monkeypatch)
    params, data = program.init(0), batch()
    out, _ = program.run(params, data, carry={})
    assert seen == []
    equal(program.run(params, data), out)
    assert seen == [5]
    short = {**data, "a": [own[:7] for own in data["a"]], "y": [own[:7] for own in data["y"]]}
    program.run(params, short)
    assert seen == [5]  # too few points


def test_threads_compute_parts_of_windows(program: rnndsl.Program, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = program.run(program.init(0), batch())
    seen = small(monkeypatch)
    equal(rnndsl.compile(TEXT, dtype="float64", threads=2).run(program.init(0), batch()), whole)
    assert seen == [5]


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("output z = last(h[t] over t)", {}),  # of the whole example
        ("output z[t] = h[t+1]", {}),  # ahead
        ("output z[t] = b", {"finite": True}),  # a place is counted from the beginning
    ],
)
def test_what_is_computed_as_a_whole(
    line: str, options: dict[str, bool], program: rnndsl.Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = small(monkeypatch)
    other = rnndsl.compile(f"{TEXT}    {line}\n", dtype="float64", **options)  # type: ignore[arg-type]
    out = other.run(program.init(0), batch())
    assert seen == []
    assert {name: value.shape for name, value in out.items()}["g"] == (4, 23, 6)


def test_other_sequences_are_not_computed_for_every_window(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = small(monkeypatch)
    text = """
model Pair(n = 3):
    index  t, s : sequence
    input  x[t] : n
    input  a[s] : n
    h[t] : n = tanh(h[t-1] + x[t] + sum(a[s] over s))
    output h[t]
"""
    other = rnndsl.compile(text)
    assert other.run(other.init(0), {"x": np.ones((2, 40, 3)), "a": np.ones((2, 5, 3))})["h"].shape == (2, 40, 3)
    assert seen == []


def test_memory_grows_with_the_results_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten times as many steps, what a call takes at most grows by what it returns, and prompts that are made."""
    text = TEXT.replace("    output g[t] = h[t]\n", "")
    program = rnndsl.compile(text, dims={"hidden": 64}, modes=("observe", "sample"))
    params, steps = program.prepare(program.init(0)), (1000, 10000)
    for name, value in (("LONG", 1000), ("POINTS", 256)):
        monkeypatch.setattr(windows, name, value)
    data = {n: {"a": np.zeros((1, n, 3), np.float32), "b": np.zeros((1, 3)), "y": np.zeros((1, n), int)} for n in steps}
    for function in ("run", "sample"):
        peaks, sizes = [], []
        for n in steps:
            given = data[n] if function == "run" else {k: v for k, v in data[n].items() if k != "y"}
            tracemalloc.start()
            out = getattr(program, function)(params, given)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            sizes.append(sum(array.nbytes for array in out.values()))
        prompts = 8 * (steps[1] - steps[0]) * (function == "sample")  # absent tokens, to the lengths asked for
        assert peaks[1] - peaks[0] < 1.1 * (sizes[1] - sizes[0]) + prompts + 200_000, function
