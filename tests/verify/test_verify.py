"""Verification finds what is wrong: each property fails for a module in which it does not hold, and only then."""

from importlib import import_module

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import assemble
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.runtime.program import Program
from rnndsl.verify import verify
from rnndsl.verify.report import difference
from tests.codegen.programs import PROGRAMS

TEXT = """
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    param  W, b
    h[t] : n = tanh(W @ h[t-1] + x[t] + b)
    y[t] ~ normal(h[t])
"""
STREAMING = ("in chunks with carry = whole", "step by step = whole")
VALUES, STEPS, UNFOLDED = "optimised = interpreter", "adjoint = complex step", "folded adjoint = unfolded adjoint"
ALONE, PADDING = "ragged batch = one by one", "padding changes no bit"
WRITTEN = "nothing is read before it is written"
SEGMENTS = "gradients by segments = whole"
ALL = [VALUES, STEPS, UNFOLDED, ALONE, PADDING, WRITTEN, *STREAMING]
GENERATING = [
    "a sample's score = its log-probabilities", "greedy = interpreter", "prompt and continuation = whole",
    "what one draws alone = in a batch", "greedy = step by step",
]  # fmt: skip
OFTEN = "frequencies of draws (chi-square over its limit)"


def failed(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> set[str]:
    """Verify with every occurrence of `old` in the module replaced, and return the properties that fail."""

    def broken(graph: RecurrenceGraph, *, dtype: str) -> Program:
        good = assemble(graph, dtype=dtype)
        assert old in good.source, old
        return Program(good.graph, good.source.replace(old, new), good.dtype, good.carries)

    monkeypatch.setattr(import_module("rnndsl.verify.verify"), "assemble", broken)
    return {line.property for line in verify(TEXT, draws=100).lines if not line.passed}


def test_a_good_program_passes() -> None:
    report = verify(TEXT)
    generating = [*GENERATING, "drawn in chunks = drawn as a whole", OFTEN]
    assert [line.property for line in report.lines] == [*ALL, SEGMENTS, *generating]
    assert not report.notes
    assert report.ok
    assert all(line.error < 1e-12 for line in report.lines[:-1])


def test_other_dimensions_and_seeds_pass() -> None:
    assert verify(TEXT, dims={"n": 1}, seed=4).ok
    assert verify(TEXT + "\n" + TEXT.replace("Net", "Other"), model="Other").ok


def test_wrong_values_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert VALUES in failed(monkeypatch, "np.tanh(", "np.sin(")


def test_wrong_gradients_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(monkeypatch, 'grads["b"] = ', 'grads["b"] = 1.001 * ') == {STEPS, UNFOLDED, SEGMENTS}


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")  # memory holds anything
def test_what_nobody_has_written_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert WRITTEN in failed(monkeypatch, "np.copyto(y_difference, 0.0)", "0")


def test_a_missing_carry_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(monkeypatch, 'carry.get("h")', "None") == {*STREAMING}


def test_examples_that_see_one_another_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ALONE in failed(monkeypatch, 'out["y.mean"] = ', 'out["y.mean"] = 0.001 * batch + ')


def test_padding_that_is_read_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    new = 'out["y.mean"] = (0 if isinstance(data["x"], list) else 0 * np.sum(data["x"])) + '
    assert failed(monkeypatch, 'out["y.mean"] = ', new) == {PADDING}


def test_what_cannot_be_checked_is_not_listed() -> None:
    text = TEXT.replace("x[t] + b", "x[t+1] + b").replace("    y[t] ~ normal(h[t])\n", "    output h[t]\n")
    text = text.replace("    target y[t] : n\n", "")
    listed = [line.property for line in verify(text).lines]
    assert listed == [*(name for name in ALL if name not in STREAMING), SEGMENTS]
    alone = TEXT.replace("h[t] :", "index i : 1..2\n    h[t, i] :").replace("h[t-1]", "h[t-1, i-1] + h[t+1, i-1]")
    alone = alone.replace("normal(h[t])", "normal(h[t, 2])")
    assert SEGMENTS not in [line.property for line in verify(alone).lines]


def test_a_wrong_spec_is_reported() -> None:
    with pytest.raises(rnndsl.SpecError):
        verify(TEXT.replace("W @", "Q @"))


def test_a_model_without_data_is_one_example() -> None:
    assert verify("model Net(n):\n    param a, b : n\n    output z = a * b\n    loss a @ b\n").ok


def test_domains_are_respected() -> None:
    text = TEXT.replace("normal(h[t])", "normal(h[t] + log(x[t]) + log(b))")
    assert verify(text).ok


TREE = """
model Tree(n):
    index  p : tree
    index  k : children(p)
    input  x[p] : n
    input  e[p, k] : scalar
    target y[p] : n
    param  W
    h[p] : n = tanh(x[p] + sum(e[p, k] * (W @ h[k]) over k))
    y[p] ~ normal(h[p])
"""
POINTER = """
model Pointer(n):
    index  s, t : sequence
    input  x[s] : n
    target y[t] : point(s)
    param  W, V, U, b
    h[s] : n = tanh(W @ h[s-1] + x[s])
    d[t] : n = tanh(U @ d[t-1] + b)
    y[t] ~ categorical(d[t] @ (V @ h[s]) over s)
"""


@pytest.mark.parametrize("text", [TREE, TREE.replace("tree", "dag"), POINTER])
def test_trees_dags_edges_and_points(text: str) -> None:
    for seed in range(3):
        report = verify(text, seed=seed, draws=5000)
        streams = (*STREAMING, SEGMENTS) if text == POINTER else ()
        drawn = ("drawn in chunks = drawn as a whole",) if text == POINTER else ()
        assert [line.property for line in report.lines] == [*ALL[:-2], *streams, *GENERATING, *drawn, OFTEN]
        assert report.ok


def test_a_maximum_over_the_children_of_leaves_is_refused() -> None:
    with pytest.raises(rnndsl.DataError, match=r"RNN612: example 0: node \d of `p` has no children"):
        verify(TREE.replace("sum(e[p, k] * (W @ h[k]) over k)", "max(e[p, k] * (W @ h[k]) over k)"))


def test_difference() -> None:
    assert difference([1.0, np.nan], [1.0, np.nan]) == 0
    assert difference(np.inf, np.inf) == 0
    assert difference([1.0, 2.0], [1.0, 2.5]) == pytest.approx(0.2)
    assert difference(0.0, 0.25) == 0.25
    for one, other in ((np.nan, 1.0), (1.0, np.nan), (np.inf, -np.inf), ([1.0], [1.0, 1.0])):
        assert difference(one, other) == np.inf


def test_what_cannot_generate_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnndsl.schedule.unrolling.MOST_NODES", 10)
    report = verify(PROGRAMS["DrawnStages"])
    assert report.ok
    (generating,) = report.notes
    assert generating.startswith("cannot generate: in mode sample, a cycle is written out")
    assert verify(TEXT).notes == ()


def test_walks_inside_the_steps_of_others_generate() -> None:
    report = verify("specs/models/grid_lstm.rnn", draws=2000)
    assert report.ok
    assert {"greedy = interpreter", "wide beam = exhaustive search"} <= {line.property for line in report.lines}
    (unmoved,) = report.notes
    assert unmoved.startswith("in these short cases nothing depends on `W_time_u`")
