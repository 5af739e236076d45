"""Beam search in generated loops: a beam as wide as there are sequences finds what trying all of them finds."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.locations import data_folder
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import Case, draw_case, small_dims

Array = NDArray[Any]

T, V = 3, 3
#: Models, and the dimension of their target's vocabulary: chains, stacks, attention, a fixed context, clocks, a memory.
MODELS = {
    "char_lstm": "vocab",
    "translate": "target_vocab",
    "luong": "target_vocab",
    "seq2seq": "target_vocab",
    "show_attend_tell": "vocab",
    "word_clock": "vocab",
    "conditional": "labels",
    "stack_rnn": "vocab",
}

TWO_BACK = """
model TwoBack(vocab, n = 4):
    index  t : sequence
    target y[t] : token(vocab)
    param  W, U, E, F, V
    h[t] : n = tanh(W @ h[t-1] + U @ h[t-3] + E @ y[t-1] + F @ y[t-2])
    g[t] = tanh(h[t] + E @ y[t])
    k[t] : n = g[t-1] + k[t-1]
    y[t] ~ categorical(V @ (h[t] + k[t]))
"""

ALONE = """
model Alone(vocab, n = 4):
    index  t : sequence
    input  x[t] : n
    target y[t] : token(vocab)
    param  V : vocab, n
    y[t] ~ categorical(V @ x[t])
"""

COVERAGE = """
model Covering(vocab, n = 4):
    index  t, s : sequence
    input  a[s] : n
    target y[t] : token(vocab)
    param  w, R, E, V
    alpha[t, s] = softmax(w @ tanh(d[t-1] + a[s] * cover[t-1, s]) over s)
    cover[t, s] = cover[t-1, s] + alpha[t, s]
    d[t] : n    = tanh(R @ d[t-1] + sum(alpha[t, s] * a[s] over s) + E @ y[t-1])
    y[t] ~ categorical(V @ d[t])
"""

TEXTS: dict[str, tuple[str | Path, str]] = {
    name: (data_folder("specs") / "models" / f"{name}.rnn", dim) for name, dim in MODELS.items()
}
TEXTS |= {"two back": (TWO_BACK, "vocab"), "alone": (ALONE, "vocab"), "coverage": (COVERAGE, "vocab")}


def small(name: str) -> tuple[Program, Case, str]:
    """Compile a model with a tiny vocabulary; its parameters are drawn large, so that sequences differ."""
    spec, dim = TEXTS[name]
    dims = {**small_dims(build(check(spec)), {dim: V}), dim: V}
    program = rnndsl.compile(spec, dims=dims, dtype="float64", modes=("observe", "sample", "beam"))
    (target,) = [name for name, info in program.graph.inputs.items() if info.role == "target"]
    return program, draw_case(program.graph, 0), target


def arguments(program: Program, case: Case, target: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return parameters, the data of one example but the target, and its lengths, T along the target's sequence."""
    (along,) = (index.name for index in program.graph.inputs[target].domain)
    data = {}
    for name, arrays in case.data.items():
        axes = [index.name for index in program.graph.inputs[name].domain]
        if name != target:
            own = arrays[0]
            data[name] = [np.resize(own, (T, *own.shape[1:])) if axes[:1] == [along] else own]
    lengths = {name: np.array([T if name == along else n[0]]) for name, n in case.lengths.items()}
    return {name: 2 * value for name, value in case.params.items()}, data, lengths


def log_prob(program: Program, params: dict[str, Any], data: dict[str, Any], lengths: dict[str, Any]) -> float:
    ((nll, _),) = program.loss(params, data, lengths=lengths).terms.values()
    return -nll


@pytest.mark.parametrize("name", TEXTS)
def test_a_wide_beam_is_an_exhaustive_search(name: str) -> None:
    program, case, target = small(name)
    params, data, lengths = arguments(program, case, target)
    found = program._module["beam"](params, data, lengths=lengths, width=V**T, best=5)  # noqa: SLF001
    every = [
        (log_prob(program, params, {**data, target: np.array([tokens])}, lengths), tokens)
        for tokens in product(range(V), repeat=T)
    ]
    wanted = sorted(every, reverse=True)[:5]
    assert found["log_prob"][0].tolist() == pytest.approx([score for score, _ in wanted], abs=1e-9)
    assert [tuple(tokens) for tokens in found["y"][0].tolist()] == [tokens for _, tokens in wanted]


@pytest.mark.parametrize("name", TEXTS)
def test_a_beam_of_one_is_greedy_and_a_sample_scores_what_it_says(name: str) -> None:
    program, case, target = small(name)
    params, data, lengths = arguments(program, case, target)
    module = program._module  # noqa: SLF001
    greedy = module["sample"](params, data, lengths=lengths, greedy=True)
    found = module["beam"](params, data, lengths=lengths, width=1)
    assert found["y"][:, 0].tolist() == greedy[target].tolist()
    drawn = module["sample"](params, data, lengths=lengths, seed=3)
    score = log_prob(program, params, {**data, target: drawn[target]}, lengths)
    assert float(drawn[f"{target}.log_prob"].sum()) == pytest.approx(score, abs=1e-9)
