"""Encoders, decoders and attention equal a few lines of torch, written from their papers, step by step."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.peers.comparison import Array, Tensor, Tensors, torch
from tests.peers.sequences import (
    State,
    embedded,
    end,
    gru,
    lstm,
    outputs,
    previous,
    ragged,
    rows,
    walk,
)
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

SOURCE, TARGET, UNITS, EMBED, ALIGN, LAYERS, WINDOW = 6, 5, 4, 3, 2, 2, 2
SIZE, REGIONS = 3, 5
# Words that an example reads, and words that it writes: there may be none.
READ, WRITTEN = (5, 1, 7, 3, 2, 0), (4, 3, 1, 6, 0, 2)
SIZES = tuple(zip(READ, WRITTEN, strict=True))
REST = (zeros(UNITS), zeros(UNITS))
WORDS = {"source_vocab": SOURCE, "target_vocab": TARGET, "hidden": UNITS}


# Batches --------------------------------------------------------------------------------------------------------------


def translations(seed: int) -> Batch:
    """Draw pairs of sentences."""
    return Batch({"x": ragged(seed, READ, SOURCE), "y": ragged(seed + 1, WRITTEN, TARGET)})


def captions(seed: int) -> Batch:
    """Draw images, as vectors of their regions, and captions."""
    rng = np.random.default_rng(seed)
    images: list[Array] = [rng.normal(size=(REGIONS, SIZE)) for _ in WRITTEN]
    return Batch({"a": images, "y": ragged(seed + 1, WRITTEN, TARGET)})


def pointers(seed: int) -> Batch:
    """Draw points, and sequences of some of them, now and then none."""
    rng = np.random.default_rng(seed)
    points: list[Array] = [rng.normal(size=(read, SIZE)) for read in READ]
    chosen = [tokens(rng, [written], max(read, 1), absent=0.2 if read else 1.0) for read, written in SIZES]
    return Batch({"x": points, "y": chosen})


# References -----------------------------------------------------------------------------------------------------------


def attention(scores: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Return weights and the weighted mean."""
    weights = torch.softmax(scores, dim=0)
    return weights, weights @ values


def encoder_decoder(p: Tensors, example: Example) -> Score:
    x, y = example.data["x"], example.data["y"]
    h = walk(gru, own(p, "h"), embedded(p["E"], x), REST[:1])
    c = torch.tanh(p["V"] @ end(h, REST)[0])
    words = previous(p["F"], y)
    d = walk(gru, own(p, "d"), [torch.cat([word, c]) for word in words], (torch.tanh(p["V_d"] @ c),))
    logits = []
    for (state,), word in zip(d, words, strict=True):
        seen = torch.cat([state, word, c])
        pairs = torch.stack([p["O"] @ seen, p["P"] @ seen])
        logits.append(p["G"] @ pairs.max(dim=0).values)
    return classified(rows(logits, TARGET), y)


def deep(p: Tensors, inputs: list[Tensor], name: str, starts: list[State]) -> list[list[State]]:
    """Return the states of every layer of a deep LSTM."""
    layers = []
    for layer, start in enumerate(starts, 1):
        layers.append(walk(lstm, own(p, f"{name}_{layer}"), inputs, start))
        inputs = [state[0] for state in layers[-1]]
    return layers


def read(p: Tensors, words: Tensor) -> list[list[State]]:
    """Return the states of the encoder, which reads the last word first."""
    return deep(p, embedded(p["E"], words.flip(0)), "h", [REST] * LAYERS)


def seq2seq(p: Tensors, example: Example) -> Score:
    x, y = example.data["x"], example.data["y"]
    starts = [end(layer, REST) for layer in read(p, x)]
    top = deep(p, previous(p["F"], y), "d", starts)[-1]
    return classified(outputs(top, UNITS) @ p["V"].T + p["b"], y)


def translate(p: Tensors, example: Example) -> Score:
    x, y = example.data["x"], example.data["y"]
    words = embedded(p["E"], x)
    ahead, back = (walk(gru, own(p, name), turned, REST[:1]) for name, turned in (("h", words), ("g", words[::-1])))
    annotations = torch.cat([outputs(ahead, UNITS), outputs(back, UNITS).flip(0)], dim=1)
    d: State = (torch.tanh(p["W_d"] @ end(back, REST)[0]),)
    states, alphas = [], []
    for word in previous(p["F"], y):
        hidden = torch.tanh(p["W"] @ d[0] + annotations @ p["U"].T)
        alpha, context = attention(hidden @ p["v"], annotations)
        d = gru(own(p, "d"), torch.cat([word, context]), d)
        states.append(d)
        alphas.append(alpha)
    score = classified(outputs(states, UNITS) @ p["V"].T + p["b"], y)
    return score._replace(outputs={**score.outputs, "alpha": rows(alphas, len(x))})


def luong(p: Tensors, example: Example) -> Score:
    x, y = example.data["x"], example.data["y"]
    encoder = read(p, x)
    source, states = outputs(encoder[-1], UNITS).flip(0), [end(layer, REST) for layer in encoder]
    a, found, aligned = zeros(UNITS), [], []
    for word in previous(p["F"], y):
        layers = deep(p, [torch.cat([word, a])], "d", states)
        states = [layer[0] for layer in layers]
        top = states[-1][0]
        align, context = attention(source @ (p["W_a"].T @ top), source)
        a = torch.tanh(p["W_c"] @ torch.cat([context, top]))
        found.append(p["W_s"] @ a)
        aligned.append(align)
    score = classified(rows(found, TARGET), y)
    return score._replace(outputs={**score.outputs, "align": rows(aligned, len(x))})


def luong_local(p: Tensors, example: Example) -> Score:
    """Look at the words inside the window only."""
    x, y = example.data["x"], example.data["y"]
    encoder = walk(lstm, own(p, "h"), embedded(p["E"], x.flip(0)), REST)
    source, places = outputs(encoder, UNITS).flip(0), torch.arange(1, len(x) + 1, dtype=torch.float64)
    logits, aligned, centres = [], [], []
    for d, _ in walk(lstm, own(p, "d"), previous(p["F"], y), end(encoder, REST)):
        centre = len(x) * torch.sigmoid(p["v_p"] @ torch.tanh(p["W_p"] @ d))
        inside = (places - centre).abs() <= WINDOW
        near = torch.softmax(source[inside] @ (p["W_a"].T @ d), dim=0)
        near = near * torch.exp(-((places[inside] - centre) ** 2) / (2 * (WINDOW / 2) ** 2))
        logits.append(p["W_s"] @ torch.tanh(p["W_c"] @ torch.cat([near @ source[inside], d])))
        aligned.append(torch.zeros_like(places).masked_scatter(inside, near))
        centres.append(centre[None])
    score = classified(rows(logits, TARGET), y)
    found = {"p": rows(centres, 1)[:, 0], "align": rows(aligned, len(x))}
    return score._replace(outputs={**score.outputs, **found})


def show_attend_tell(p: Tensors, example: Example) -> Score:
    a, y = example.data["a"], example.data["y"]
    mean = a.mean(dim=0)
    state: State = (torch.tanh(p["W_h"] @ mean + p["b_h"]), torch.tanh(p["W_c"] @ mean + p["b_c"]))
    logits, alphas = [], []
    for word in previous(p["E"], y):
        h = state[0]
        alpha, context = attention(torch.tanh(a @ p["U"].T + p["W"] @ h + p["b"]) @ p["v"], a)
        z = torch.sigmoid(p["w_beta"] @ h + p["b_beta"]) * context
        state = lstm(own(p, "h"), torch.cat([word, z]), state)
        logits.append(p["L_o"] @ (word + p["L_h"] @ state[0] + p["L_z"] @ z))
        alphas.append(alpha)
    looked = rows(alphas, REGIONS)
    score = classified(rows(logits, TARGET), y)
    missed = ((1 - looked.sum(dim=0)) ** 2).sum()
    return score._replace(outputs={**score.outputs, "alpha": looked}, penalty=missed)


def pointer_network(p: Tensors, example: Example) -> Score:
    x, y = example.data["x"], example.data["y"]
    encoder = walk(lstm, own(p, "e"), list(x), REST)
    source = outputs(encoder, UNITS) @ p["W_1"].T
    decoder = walk(lstm, own(p, "d"), previous(x.T, y), end(encoder, REST))
    return classified(rows([torch.tanh(source + p["W_2"] @ d) @ p["v"] for d, _ in decoder], len(x)), y)


CASES = (
    Case("EncoderDecoder", model("encoder_decoder", **WORDS, embed=EMBED, maxout=ALIGN), translations, encoder_decoder),
    Case("Seq2Seq", model("seq2seq", **WORDS, layers=LAYERS), translations, seq2seq),
    Case("Translate", model("translate", **WORDS, embed=EMBED, align=ALIGN), translations, translate),
    Case("Luong", model("luong", **WORDS, layers=LAYERS), translations, luong),
    Case("LuongLocal", model("luong_local", **WORDS, window=WINDOW), translations, luong_local),
    Case(
        "ShowAttendTell",
        model("show_attend_tell", vocab=TARGET, size=SIZE, regions=REGIONS, hidden=UNITS, embed=EMBED, align=ALIGN),
        captions,
        show_attend_tell,
    ),
    Case("PointerNetwork", model("pointer_network", size=SIZE, hidden=UNITS), pointers, pointer_network),
)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_equals_its_paper(
    case: Case,
    engine: Callable[..., Results],
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("difference", compare(engine, case.spec, case.batch(seed), case.reference))
