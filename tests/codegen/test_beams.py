"""Beam search in generated loops: a beam as wide as there are sequences finds what trying all of them finds."""

import re
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
from tests.codegen.programs import PROGRAMS

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
    "grid_lstm": "vocab",
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

LATE = """
model Late(vocab, n = 4):
    index  t : sequence
    target y[t] : token(vocab)
    param  R, E, V, W, Q, b
    d[t] : n = tanh(R @ k[t-1] + b)
    k[t] : n = tanh(W @ k[t-2] + E @ y[t] + d[t-1] + Q @ d[t])
    y[t] ~ categorical(V @ d[t])
"""

WINDOW = """
model Window(vocab, n = 4):
    index  t : sequence
    index  j : 1..3
    target y[t] : token(vocab)
    param  R[j] : n, n
    param  E[j] : n, vocab
    param  V, b
    d[t] : n = tanh(sum(R[j] @ d[t-j] + E[j] @ y[t-j] over j) + b)
    y[t] ~ categorical(V @ d[t])
"""

BACKWARD = """
model Backward(vocab, n = 4):
    index  t : sequence
    target y[t] : token(vocab)
    param  R, G, E, F, V, b
    d[t] : n = tanh(R @ d[t+1] + G @ d[t+2] + E @ y[t+1] + F @ y[t+2] + b)
    y[t] ~ categorical(V @ d[t])
"""

MEMORY = """
model Memory(vocab, n = 4, slots = 3):
    index  t : sequence
    index  m : cyclic(slots)
    target y[t] : token(vocab)
    param  M[m], Q[m] : n
    param  R, E, V, A
    d[t] : n      = tanh(R @ read[t] + E @ y[t-1])
    read[t]       = sum(w[t-1, m] * kept[t-1, m] over m)
    w[t, m]       = softmax(Q[m] @ d[t] + w[t-1, m-1] over m)
    kept[t, m]: n = kept[t-1, m] * (1 - w[t, m]) + w[t, m] * tanh(A @ d[t])
    init kept[t, m] = M[m]
    y[t] ~ categorical(V @ d[t])
"""

#: A walk along l in every step along t, from the end of t.
DEEP = """
model Deep(vocab, n = 4):
    index  l, t : sequence
    input  x[l] : n
    target y[t] : token(vocab)
    param  W, U, E, V, A, F
    h[l, t] : n = tanh(W @ h[l-1, t] + U @ h[l, t+1] + A @ h[l, t+2] + x[l])
    init h[l, t] = E @ y[t+1] + F @ y[t+2]
    y[t] ~ categorical(V @ last(h[l, t] over l))
"""

#: A grid whose depth is fixed: loops along a range run inside every step.
GRID = (
    (data_folder("specs") / "models" / "grid_lstm.rnn")
    .read_text(encoding="utf-8")
    .replace("index  l, t : sequence", "index  t : sequence\n    index  l : 1..2")
)

TEXTS: dict[str, tuple[str | Path, str]] = {
    name: (data_folder("specs") / "models" / f"{name}.rnn", dim) for name, dim in MODELS.items()
}
TEXTS |= {"two back": (TWO_BACK, "vocab"), "alone": (ALONE, "vocab"), "coverage": (COVERAGE, "vocab")}
TEXTS |= {"late": (LATE, "vocab"), "window": (WINDOW, "vocab"), "backward": (BACKWARD, "vocab")}
TEXTS |= {
    "memory": (MEMORY, "vocab"),
    "grid": (GRID, "vocab"),
    "deep": (DEEP, "vocab"),
    "around": (PROGRAMS["Around"], "vocab"),
}


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
    found = program._module["beam"](params, data, lengths=lengths, width=V**T, best=20)  # noqa: SLF001
    every = [
        (log_prob(program, params, {**data, target: np.array([tokens])}, lengths), tokens)
        for tokens in product(range(V), repeat=T)
    ]
    wanted = sorted(every, reverse=True)[:20]
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


@pytest.mark.parametrize("name", ["luong", "coverage", "two back", "window", "backward", "late", "deep", "around"])
def test_an_example_is_searched_as_if_it_were_alone(name: str) -> None:
    program, case, target = small(name)
    params = {key: 2 * value for key, value in case.params.items()}
    data = {key: value for key, value in case.data.items() if key != target}
    together = program.beam(params, data, lengths=case.lengths, width=4, best=4, end=1)
    (along,) = (index.name for index in program.graph.inputs[target].domain)
    for example, own in enumerate(case.lengths[along]):
        one = case.example(example)
        given = {key: value for key, value in one.data.items() if key != target}
        alone = program.beam(params, given, lengths=one.lengths, width=4, best=4, end=1)
        assert alone[target][0].tolist() == together[target][example, :, :own].tolist()
        assert alone["log_prob"][0].tolist() == pytest.approx(together["log_prob"][example].tolist(), abs=1e-12)


def test_what_does_not_depend_on_the_choices_is_computed_once_for_every_example() -> None:
    source = small("translate")[0].source
    search = source[source.index("\ndef beam(") : source.index("out = chosen.results")]
    buffers = dict(re.findall(r'(\w+) = ws\("\w+", \((.*)\)', search))
    assert {name: "width" in buffers[name] for name in ("h_all", "a", "U_a", "e_step", "d_ring", "y_2_all")} == {
        "h_all": False, "a": False, "U_a": False, "e_step": True, "d_ring": True, "y_2_all": True,
    }  # fmt: skip


# Points ---------------------------------------------------------------------------------------------------------------

POINTER = data_folder("specs") / "models" / "pointer_network.rnn"

VISITED = """
model Visited(size, n = 3):
    index  s, t : sequence
    input  x[s] : size
    target y[t] : point(s)
    param  R, U, w
    visits[t, s] = visits[t-1, s] + (1 if s == y[t] else 0)
    d[t] : n     = tanh(R @ d[t-1] + sum(U @ x[s] if s == y[t-1] else 0 over s))
    y[t] ~ categorical(d[t] @ U @ x[s] - 1.5 * visits[t-1, s] + w @ x[s] over s)
"""

APART = """
model Apart(size):
    index  s, t : sequence
    input  x[s], z[t] : size
    target y[t] : point(s)
    param  w
    y[t] ~ categorical(x[s] @ z[t] + w @ x[s] over s)
"""

LEAVES = """
model Leaves(size, n = 3):
    index  s : tree
    index  t : sequence
    index  k : children(s)
    input  x[s] : size
    target y[t] : point(s)
    param  A, B, R
    h[s] : n = tanh(A @ x[s] + B @ sum(h[k] over k))
    d[t] : n = tanh(R @ d[t-1] + sum(h[s] if s == y[t-1] else 0 over s))
    y[t] ~ categorical(h[s] @ d[t] + x[s] @ x[s] over s)
"""

NODES = """
model Nodes(size, n = 3):
    index  s : tree
    index  t : sequence
    index  k : children(s)
    input  x[s], z[t] : size
    target y[t] : point(s)
    param  A, B, C
    h[s] : n = tanh(A @ x[s] + B @ sum(h[k] over k))
    y[t] ~ categorical(h[s] @ C @ z[t] + x[s] @ x[s] over s)
"""

POINTS, STEPS = (4, 2, 3), (2, 3, 3)
TREES = [[[2], [3, 0], [], []], [[1], []], [[], [2, 0], []]]


def pointing(spec: str | Path) -> tuple[Program, dict[str, Array], list[dict[str, Any]]]:
    """Return a program whose target are points, parameters, and for every example the arguments of its calls."""
    program = rnndsl.compile(spec, dims={"size": 2}, dtype="float64", modes=("observe", "sample", "beam"))
    rng = np.random.default_rng(3)
    params = {name: rng.normal(size=value.shape) for name, value in program.init(seed=0).items()}
    examples = []
    for points, steps, tree in zip(POINTS, STEPS, TREES, strict=True):
        extents = {"x": points, "z": steps}
        data = {name: rng.normal(size=(extents[name], 2)) for name in ("x", "z") if name in program.inputs}
        trees = any(index.structured for index in program.graph.indices)
        examples.append({"data": data, "lengths": {"t": steps}, "structure": {"s": tree} if trees else {}})
    return program, params, examples


def batch(examples: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the arguments of one call for several examples."""
    first = examples[0]
    return {kind: {name: [one[kind][name] for one in examples] for name in first[kind]} for kind in first}


@pytest.mark.parametrize("spec", [POINTER, VISITED, APART, LEAVES, NODES])
def test_points_are_searched_as_tokens_are_however_many_an_example_has(spec: str | Path) -> None:
    program, params, examples = pointing(spec)
    together = batch(examples)
    found = program.beam(params, **together, width=27, best=4)
    narrow = program.beam(params, **together, width=3, best=3)
    for example, (points, steps) in enumerate(zip(POINTS, STEPS, strict=True)):
        every = list(product(range(points), repeat=steps))
        many = batch([examples[example]] * len(every))
        data = {**many.pop("data"), "y": [np.array(tokens) for tokens in every]}
        scores = program.sample(params, data, **many)["y.log_prob"].sum(axis=1)
        best = np.argsort(-scores, kind="stable")[:4]
        assert found["log_prob"][example].tolist() == pytest.approx(scores[best].tolist(), abs=1e-9)
        assert found["y"][example, :, :steps].tolist() == [list(every[k]) for k in best]
        alone = program.beam(params, **batch([examples[example]]), width=3, best=3)
        assert alone["y"][0].tolist() == narrow["y"][example, :, :steps].tolist()
    greedy = program.sample(params, **together, greedy=True)["y"]
    one = program.beam(params, **together, width=1)["y"][:, 0]
    assert one.tolist() == np.where(np.arange(3) < np.array(STEPS)[:, None], greedy, -1).tolist()


def test_a_prompt_of_points_is_taken_and_an_end_ends() -> None:
    program, params, examples = pointing(POINTER)
    call = batch(examples)
    call["data"]["y"] = [np.array([own - 1]) for own in POINTS]
    found = program.beam(params, **call, width=8, best=8, end=0)
    for tokens, own in zip(found["y"], POINTS, strict=True):
        kept = tokens[tokens[:, 0] >= 0]
        assert len(kept) > 1
        assert (kept[:, 0] == own - 1).all()
        assert all((row[list(row).index(0) + 1 :] == -1).all() for row in kept if 0 in row)
