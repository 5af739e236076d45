"""Whole networks with tanh layers, gates and skips equal a few lines of torch, written from their papers."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from tests.peers.comparison import Array, Tensor, Tensors, torch
from tests.peers.sequences import State, embedded, gru, lstm, outputs, previous, ragged, walk
from tests.peers.structures import (
    ENGINES,
    Batch,
    Case,
    Example,
    Results,
    Score,
    classified,
    compare,
    model,
    own,
    tokens,
    zeros,
)

SYMBOLS, LABELS, UNITS, SIZE, OUTPUTS, EMBED = 5, 3, 4, 2, 3, 3
LAYERS = DEPTH = 3
# Some shorter than a connection that skips steps.
LENGTHS = (6, 1, 8, 3, 2)


# Batches --------------------------------------------------------------------------------------------------------------


def labelled(read: int, written: int) -> Callable[[int], Batch]:
    """Return what draws texts x of `read` symbols with a label y of `written` kinds at every step."""
    return lambda seed: Batch({"x": ragged(seed, LENGTHS, read), "y": ragged(seed + 1, LENGTHS, written)})


def texts(seed: int) -> Batch:
    """Draw texts."""
    return Batch({"y": ragged(seed, LENGTHS, SYMBOLS)})


def vectors(rng: np.random.Generator, size: int) -> list[Array]:
    """Draw a series of vectors for every example."""
    return [rng.normal(size=(length, size)) for length in LENGTHS]


def series(seed: int) -> Batch:
    """Draw series, and what is to be predicted at every step."""
    rng = np.random.default_rng(seed)
    return Batch({"x": vectors(rng, SIZE), "y": vectors(rng, OUTPUTS)}, targets=["y"])


def curves(seed: int) -> Batch:
    """Draw curves."""
    return Batch({"y": vectors(np.random.default_rng(seed), OUTPUTS)}, targets=["y"])


def sums(seed: int) -> Batch:
    """Draw series of vectors with a number at every step."""
    rng = np.random.default_rng(seed)
    numbers: list[Array] = [rng.normal(size=length) for length in LENGTHS]
    return Batch({"x": vectors(rng, SIZE), "y": numbers})


def classes(seed: int) -> Batch:
    """Draw texts with a class each; some have none."""
    kinds: list[Array] = [np.asarray(one) for one in tokens(np.random.default_rng(seed + 1), [len(LENGTHS)], LABELS)]
    return Batch({"x": ragged(seed, LENGTHS, SYMBOLS), "y": kinds})


def described(seed: int) -> Batch:
    """Draw texts with a vector each."""
    images: list[Array] = list(np.random.default_rng(seed + 1).normal(size=(len(LENGTHS), SIZE)))
    return Batch({"v": images, "y": ragged(seed, LENGTHS, SYMBOLS)})


# References -----------------------------------------------------------------------------------------------------------


def layer(W: Tensor, driven: Iterable[Tensor], start: Tensor | None = None) -> list[Tensor]:
    """Return the states of a tanh layer, from what drives each step."""
    h = zeros(len(W)) if start is None else start
    return [h := torch.tanh(W @ h + one) for one in driven]


def readout(p: Tensors, states: list[Tensor], y: Tensor) -> Score:
    """Score the likelihood of labels by V h + c."""
    return classified(torch.stack(states) @ p["V"].T + p["c"], y)


def predicted(p: Tensors, states: list[Tensor], y: Tensor, deviation: float) -> Score:
    """Score the likelihood of vectors by means V h + c."""
    means = torch.stack(states) @ p["V"].T + p["c"]
    total = -torch.distributions.Normal(means, deviation).log_prob(y).sum()
    return Score(total, float(len(y)), {"y.mean": means, "y.sd": torch.full([len(y)], deviation, dtype=torch.float64)})


def elman(p: Tensors, example: Example) -> Score:
    driven = [x + p["b"] for x in embedded(p["U"], example.data["x"])]
    return readout(p, layer(p["W"], driven), example.data["y"])


def conditional(p: Tensors, example: Example) -> Score:
    x, y = embedded(p["U"], example.data["x"]), previous(p["R"], example.data["y"])
    driven = [one + other + p["b"] for one, other in zip(x, y, strict=True)]
    return readout(p, layer(p["W"], driven), example.data["y"])


def vector_conditioned(p: Tensors, example: Example) -> Score:
    bias = p["R"] @ example.data["v"] + p["b"]
    driven = [one + bias for one in previous(p["U"], example.data["y"])]
    return readout(p, layer(p["W"], driven), example.data["y"])


def no_input(p: Tensors, example: Example) -> Score:
    y = example.data["y"]
    return predicted(p, layer(p["W"], [p["b"]] * len(y), p["h0"]), y, 0.1)


def time_skips(p: Tensors, example: Example) -> Score:
    states = [zeros(UNITS)] * 3
    for x in example.data["x"]:
        states.append(torch.tanh(p["W"] @ states[-1] + p["S"] @ states[-3] + p["U"] @ x + p["b"]))
    return predicted(p, states[3:], example.data["y"], 1.0)


def deep_transition(p: Tensors, example: Example) -> Score:
    h, states = zeros(UNITS), []
    for x in embedded(p["U"], example.data["x"]):
        h = torch.tanh(p["W"] @ h + x + p["b"])
        for level in range(2, DEPTH + 1):
            h = torch.tanh(p[f"T_{level}"] @ h + p[f"d_{level}"])
        states.append(h)
    return readout(p, states, example.data["y"])


def stacked_skips(p: Tensors, example: Example) -> Score:
    """One layer after the other, over the whole sequence; the readout sees all of them side by side."""
    levels, below = [], [zeros(UNITS)] * len(example.data["x"])
    for level in range(1, LAYERS + 1):
        skip = p.get(f"S_{level}", torch.zeros(UNITS, UNITS, dtype=torch.float64))
        words = embedded(p[f"U_{level}"], example.data["x"])
        driven = [x + skip @ h + p[f"b_{level}"] for x, h in zip(words, below, strict=True)]
        below = layer(p[f"W_{level}"], driven)
        levels.append(torch.stack(below))
    V = torch.cat([p[f"V_{level}"] for level in range(1, LAYERS + 1)], dim=1)
    return classified(torch.cat(levels, dim=1) @ V.T + p["c"], example.data["y"])


def sequence_classifier(p: Tensors, example: Example) -> Score:
    *_, (h,) = walk(gru, own(p, "h"), embedded(p["E"], example.data["x"]), (zeros(UNITS),))
    logits = p["V"] @ h + p["c"]
    return classified(logits[None], example.data["y"][None])._replace(outputs={"y.logits": logits})


def word_lm(p: Tensors, example: Example) -> Score:
    """Without dropout, as it predicts once it is trained."""
    rest: State = (zeros(UNITS), zeros(UNITS))
    first = walk(lstm, own(p, "h_1"), previous(p["E"], example.data["y"]), rest)
    second = walk(lstm, own(p, "h_2"), [state[0] for state in first], rest)
    return classified(outputs(second, UNITS) @ p["V"].T + p["c"], example.data["y"])


def second_order(p: Tensors, example: Example) -> Score:
    """Every input makes a recurrent matrix; the state begins with its first component at 1."""
    h, errors = torch.eye(UNITS, dtype=torch.float64)[0], []
    for x, y in zip(example.data["x"], example.data["y"], strict=True):
        h = torch.tanh((p["a"] @ x) @ h)
        errors.append((h.sum() - y) ** 2)
    return Score(zeros(1).sum(), 1.0, {}, torch.stack(errors).mean())


CASES = (
    Case("Elman", model("elman", vocab=SYMBOLS, hidden=UNITS), labelled(SYMBOLS, SYMBOLS), elman),
    Case(
        "Conditional",
        model("conditional", vocab=SYMBOLS, labels=LABELS, hidden=UNITS),
        labelled(SYMBOLS, LABELS),
        conditional,
    ),
    Case(
        "VectorConditioned",
        model("vector_conditioned", size=SIZE, vocab=SYMBOLS, hidden=UNITS),
        described,
        vector_conditioned,
    ),
    Case("NoInput", model("no_input", outputs=OUTPUTS, hidden=UNITS), curves, no_input),
    Case("TimeSkips", model("time_skips", inputs=SIZE, outputs=OUTPUTS, hidden=UNITS), series, time_skips),
    Case(
        "DeepTransition",
        model("deep_transition", vocab=SYMBOLS, hidden=UNITS, depth=DEPTH),
        labelled(SYMBOLS, SYMBOLS),
        deep_transition,
    ),
    Case(
        "StackedSkips",
        model("stacked_skips", vocab=SYMBOLS, hidden=UNITS, layers=LAYERS),
        labelled(SYMBOLS, SYMBOLS),
        stacked_skips,
    ),
    Case(
        "SequenceClassifier",
        model("sequence_classifier", vocab=SYMBOLS, classes=LABELS, embed=EMBED, hidden=UNITS),
        classes,
        sequence_classifier,
    ),
    Case("WordLM", model("word_lm", vocab=SYMBOLS, hidden=UNITS), texts, word_lm),
    Case("SecondOrder", model("second_order", n=UNITS, k=SIZE), sums, second_order),
)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_equals_its_paper(
    case: Case, engine: Callable[..., Results], record_property: Callable[[str, object], None]
) -> None:
    record_property("difference", compare(engine, case.spec, case.batch(0), case.reference))
