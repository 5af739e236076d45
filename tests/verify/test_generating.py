"""Verification of generating finds what is wrong, and only that."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import numpy as np
import pytest

from rnndsl.compiler import assemble, build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.locations import data_folder
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import draw_case
from rnndsl.verify.generating import chi_square, feeds_back, generating_lines

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
WIDE, OFTEN = "wide beam = exhaustive search", "frequencies of draws (chi-square over its limit)"


def failed(text: str, dims: Mapping[str, int]) -> dict[str, bool]:
    checked = check(text, dims=dims)
    return {line.property: not line.passed for line in generating_lines(checked, draw_case(build(checked), 0))}


def test_good_programs_pass() -> None:
    found = failed(TEXT, DIMS)
    assert list(found) == [SCORES, GREEDY, WHOLE, ALONE, STEPS, ONE, WIDE, OFTEN]
    assert not any(found.values())
    for text, dims in ((REAL, {"n": 3}), (WITHIN, DIMS)):
        found = failed(text, dims)
        assert list(found) == [SCORES, GREEDY, WHOLE, ALONE]
        assert not any(found.values())


def test_points_are_checked_as_tokens_are_but_not_counted() -> None:
    checked = check(data_folder("specs") / "models" / "pointer_network.rnn", dims={"size": 2, "hidden": 3})
    found = list(generating_lines(checked, draw_case(build(checked), 0)))
    assert [line.property for line in found] == [SCORES, GREEDY, WHOLE, ALONE, STEPS, ONE, WIDE]
    assert all(line.passed for line in found)


WRONG = {
    "another probability": ('out["y.log_prob"] = ', 'out["y.log_prob"] = 1.001 * ', {SCORES, ONE, WIDE}),
    "draws of the batch": ("(seed, key, example)", "(seed, key, example, len(counts))", {ALONE}),
    "too much noise": ("-np.log(-np.log(", "-2.0 * np.log(-np.log(", {OFTEN}),
    "the least likely": ("best = first_largest(flat", "best = first_largest(-flat", {ONE, WIDE}),
    "mixed up members": ("[:, None], parents]", "[:, None], 0 * parents]", {WIDE}),
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


def test_the_limit_of_chi_square() -> None:
    expected = np.array([400.0, 300.0, 200.0, 100.0, 3.0, 2.0])
    rng = np.random.default_rng(0)
    shares = expected / expected.sum()
    assert max(chi_square(rng.multinomial(1005, shares), expected) for _ in range(300)) < 1
    assert chi_square(np.array([500, 300, 100, 100, 3, 2]), expected) > 1
    quantile = 30.7  # of 3 degrees of freedom; the limit is at most a tenth higher
    ratio = chi_square(np.array([500, 300, 200, 100]), np.array([400.0, 300, 200, 100]))
    assert 25 / (1.1 * quantile) <= ratio <= 25 / quantile
