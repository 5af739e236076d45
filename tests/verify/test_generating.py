"""Verification of generating finds what is wrong, and only that."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import pytest

from rnndsl.compiler import assemble, build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.locations import data_folder
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import draw_case
from rnndsl.verify.generating import feeds_back, generating_lines

TEXT = """
model Net(k, n):
    index  t : sequence
    input  x[t] : n
    target y[t] : token(k)
    param  W, U, V, b
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1] + x[t] + b)
    y[t] ~ categorical(V @ h[t])
"""
REAL = """
model Net(n):
    index  t : sequence
    target y[t] : n
    target z : scalar
    param  W, b, v
    h[t] : n = tanh(W @ h[t-1] + y[t-1] + b)
    y[t] ~ normal(h[t], 0.5)
    z ~ bernoulli(v @ last(h))
"""
WITHIN = """
model Net(k, n):
    index  t : sequence
    index  i : 1..4
    input  x[t] : n
    target y[t, i] : token(k)
    param  W, U, V
    h[t, i] : n = tanh(W @ h[t, i-1] + U @ y[t, i-1] + x[t])
    y[t, i] ~ categorical(V @ h[t, i])
"""
DIMS = {"k": 4, "n": 3}
SCORES, GREEDY, WHOLE = (
    "a sample's score = its log-probabilities", "greedy = interpreter", "prompt and continuation = whole",
)  # fmt: skip
ALONE, STEPS, ONE = "what one draws alone = in a batch", "greedy = step by step", "beam of 1 = greedy"
CHUNKS = "drawn in chunks = drawn as a whole"
WIDE, OFTEN = "wide beam = exhaustive search", "frequencies of draws (chi-square over its limit)"


def failed(text: str, dims: Mapping[str, int]) -> dict[str, bool]:
    checked = check(text, dims=dims)
    return {line.property: not line.passed for line in generating_lines(checked, draw_case(build(checked), 0), 20_000)}


def test_good_programs_pass() -> None:
    found = failed(TEXT, DIMS)
    assert list(found) == [SCORES, GREEDY, WHOLE, ALONE, STEPS, CHUNKS, ONE, WIDE, OFTEN]
    assert not any(found.values())
    for text, dims in ((REAL, {"n": 3}), (WITHIN, DIMS)):
        found = failed(text, dims)
        assert list(found) == [SCORES, GREEDY, WHOLE, ALONE, STEPS, CHUNKS, OFTEN]
        assert not any(found.values())


def test_points_are_checked_as_tokens_are() -> None:
    checked = check(data_folder("specs") / "models" / "pointer_network.rnn", dims={"size": 2, "hidden": 3})
    found = list(generating_lines(checked, draw_case(build(checked), 0), draws=2000))
    assert [line.property for line in found] == [SCORES, GREEDY, WHOLE, ALONE, STEPS, CHUNKS, ONE, WIDE, OFTEN]
    assert all(line.passed for line in found)


WRONG = {
    "another probability": ('out["y.log_prob"] = ', 'out["y.log_prob"] = 1.001 * ', {SCORES, ONE, WIDE}),
    "draws of the batch": ("(seed, key, first + example)", "(seed, key, first + example, points.batch)", {ALONE}),
    "too much noise": ("-np.log(-np.log(", "-2.0 * np.log(-np.log(", {OFTEN}),
    "the least likely": ("left.argmax(axis=1)", "left.argmin(axis=1)", {ONE, WIDE}),
    "mixed up members": ("[:, None], parents]", "[:, None], 0 * parents]", {WIDE}),
    "chunks that begin anew": ('carry.get("h")', "None", {CHUNKS}),
    "greedy with noise": ("None if greedy else seed", "seed", {GREEDY, ALONE, STEPS, ONE}),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), WRONG.values(), ids=WRONG.keys())
def test_mistakes_are_found(old: str, new: str, expected: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(
        graph: RecurrenceGraph, *, dtype: str, others: Mapping[str, RecurrenceGraph] = MappingProxyType({})
    ) -> Program:
        good = assemble(graph, dtype=dtype, others=others)
        assert not others or old in good.source
        return Program(good.graph, good.source.replace(old, new), good.dtype, good.carries)

    monkeypatch.setattr(import_module("rnndsl.verify.generating"), "assemble", broken)
    found = failed(TEXT, DIMS)
    assert {name for name, wrong in found.items() if wrong} == expected


def test_only_models_that_read_their_targets_back_are_asked() -> None:
    assert feeds_back(build(check(TEXT, dims=DIMS)))
    assert not feeds_back(build(check(TEXT.replace("U @ y[t-1]", "U @ x[t]"), dims=DIMS)))
