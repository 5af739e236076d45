"""External memories and states with several time scales equal a few lines of torch, written from their papers."""

from collections.abc import Callable, Sequence

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

BITS, SLOTS, WIDTH, UNITS, HEADS = 2, 5, 3, 4, 3
VOCAB, CLASSES, EMBED, INPUTS, SLOW = 5, 3, 3, 2, 3
STACKS, DEPTH, TOP = 2, 3, 2
STEPS, DECAY, RATE = 2, 0.95, 0.5
PERIOD = 3
LENGTHS = (5, 1, 8, 3, 2)
# Most of them long enough for a second tick of the slow units.
LONG = (7, 1, 8, 3, 6)
# Queries of every session, and how many words the longest of them has.
SESSIONS = ((3, 4), (1, 1), (2, 5), (4, 2))
MEMORY = {"bits": BITS, "slots": SLOTS, "width": WIDTH, "hidden": UNITS}


# Batches --------------------------------------------------------------------------------------------------------------


def copies(seed: int) -> Batch:
    """Draw bits to read, to write, and how much each step counts; some steps are not observed."""
    rng = np.random.default_rng(seed)
    bits: list[Array] = [rng.integers(0, 2, (length, BITS)).astype(float) for length in LENGTHS]
    for array in bits:
        array[rng.random(len(array)) < 0.2] = np.nan
    return Batch(
        {
            "x": [rng.normal(size=(length, BITS + 1)) for length in LENGTHS],
            "scored": [rng.uniform(0.2, 2.0, length) for length in LENGTHS],
            "y": bits,
        },
        targets=["y"],
    )


def texts(seed: int) -> Batch:
    """Draw texts."""
    return Batch({"y": ragged(seed, LENGTHS, VOCAB)})


def spaced(seed: int) -> Batch:
    """Draw texts in words."""
    rng = np.random.default_rng(seed)
    ended: list[Array] = [rng.integers(0, 2, length).astype(float) for length in LENGTHS]
    return Batch({"ended": ended, "y": ragged(seed + 1, LENGTHS, VOCAB)})


def classes(seed: int) -> list[Array]:
    """Draw a class for every example; some have none."""
    return [np.asarray(one) for one in tokens(np.random.default_rng(seed), [len(LENGTHS)], CLASSES)]


def questions(seed: int) -> Batch:
    """Draw texts with a class each."""
    return Batch({"x": ragged(seed, LENGTHS, VOCAB), "y": classes(seed + 1)})


def series(seed: int) -> Batch:
    """Draw vectors with a class for each sequence of them."""
    rng = np.random.default_rng(seed)
    x: list[Array] = [rng.normal(size=(length, INPUTS)) for length in LONG]
    return Batch({"x": x, "y": classes(seed + 1)})


def sessions(seed: int) -> Batch:
    """Draw sessions of queries with as many words as there is room for, or fewer."""
    rng = np.random.default_rng(seed)
    words: list[Array] = [rng.integers(1, most + 1, queries).astype(float) for queries, most in SESSIONS]
    inside = [np.arange(most) < count[:, None] for count, (_, most) in zip(words, SESSIONS, strict=True)]
    w = [np.where(there, tokens(rng, there.shape, VOCAB), -1) for there in inside]
    return Batch({"words": words, "w": w})


# References -----------------------------------------------------------------------------------------------------------


def observed(logits: Tensor, target: Tensor, weights: Tensor) -> Score:
    """Score logits by the likelihood of bits, step by step with its weight; what is NaN is not scored."""
    seen = ~target.isnan()
    likelihood = torch.distributions.Bernoulli(logits=logits[seen]).log_prob(target[seen]).reshape(-1, BITS)
    steps = weights[seen.all(dim=1)]
    return Score(-(likelihood.sum(dim=1) * steps).sum(), steps.sum(), {"y.logits": logits})


def head(p: Tensors, h: Tensor, memory: Tensor, before: Tensor) -> Tensor:
    """Return where a head looks (eq. 5 to 9), with the circular convolution as a sum over rotated weights."""
    key = torch.tanh(p["K"] @ h + p["k"])
    lengths = memory.norm(dim=1) * key.norm() + 1e-8
    strength = torch.nn.functional.softplus(p["b"] @ h + p["b0"])
    content = torch.softmax(strength * (memory @ key) / lengths, dim=0)
    mixed = torch.lerp(before, content, torch.sigmoid(p["g"] @ h + p["g0"]))
    shift = torch.softmax(p["s"] @ h + p["s0"], dim=0)
    moved = sum(shift[place] * mixed.roll(step) for place, step in enumerate((-1, 0, 1)))
    sharp = moved ** (1 + torch.nn.functional.softplus(p["c"] @ h + p["c0"]))
    return sharp / sharp.sum()


class Machine:
    """A memory with heads that read and heads that write, and what one step does to them."""

    def __init__(self, start: Tensor, reading: Sequence[Tensors], writing: Sequence[tuple[Tensors, Tensors]]) -> None:
        self.memory, self.reading, self.writing = start, reading, writing
        self.places = [zeros(len(start))] * (len(reading) + len(writing))
        self.reads = [zeros(start.shape[1])] * len(reading)

    def step(self, h: Tensor) -> None:
        """Read, then erase, then add; all heads look at the memory as it was."""
        addressing = [*self.reading, *(weights for weights, _ in self.writing)]
        self.places = [head(p, h, self.memory, w) for p, w in zip(addressing, self.places, strict=True)]
        self.reads = [w @ self.memory for w in self.places[: len(self.reading)]]
        fresh = self.memory
        added = torch.zeros_like(fresh)
        for (_, p), w in zip(self.writing, self.places[len(self.reading) :], strict=True):
            fresh = fresh * (1 - torch.outer(w, torch.sigmoid(p["E"] @ h + p["e"])))
            added = added + torch.outer(w, torch.tanh(p["A"] @ h + p["a"]))
        self.memory = fresh + added


def recurrent_machine(p: Tensors, example: Example, machine: Machine) -> Score:
    """Let an LSTM control a machine."""
    state: State = (zeros(UNITS), zeros(UNITS))
    logits = []
    for x in example.data["x"]:
        state = lstm(own(p, "h"), torch.cat([x, *machine.reads]), state)
        machine.step(state[0])
        logits.append(p["V"] @ torch.cat([state[0], *machine.reads]) + p["b"])
    return observed(torch.stack(logits), example.data["y"], example.data["scored"])


def ntm(p: Tensors, example: Example) -> Score:
    return recurrent_machine(p, example, Machine(p["M0"], [own(p, "read")], [(own(p, "write"), p)]))


def ntm_heads(p: Tensors, example: Example) -> Score:
    reading = [own(p, f"read_{k}") for k in (1, 2)]
    writing = [(own(p, f"write_{k}"), {name: p[f"{name}_{k}"] for name in "EeAa"}) for k in (1, 2)]
    return recurrent_machine(p, example, Machine(p["M0"], reading, writing))


def ntm_feedforward(p: Tensors, example: Example) -> Score:
    def single(name: str, k: int) -> Tensors:
        weights = {key: tensor[k] for key, tensor in own(p, name).items()}
        return {**weights, "k": weights["k0"]}

    writing = [(single("write", k), {name: p[name][k] for name in "EeAa"}) for k in range(HEADS)]
    machine = Machine(p["M0"], [single("read", k) for k in range(HEADS)], writing)
    logits = []
    for x in example.data["x"]:
        h = torch.tanh(p["U"] @ x + sum(R @ r for R, r in zip(p["R"], machine.reads, strict=True)) + p["b"])
        machine.step(h)
        logits.append(p["V"] @ h + sum(Q @ r for Q, r in zip(p["Q"], machine.reads, strict=True)) + p["c"])
    return observed(torch.stack(logits), example.data["y"], example.data["scored"])


def stack_rnn(p: Tensors, example: Example) -> Score:
    """Move whole stacks up and down; what falls off the bottom is lost."""
    y, h = example.data["y"], zeros(UNITS)
    stacks = [torch.full((DEPTH,), -1.0, dtype=torch.float64)] * STACKS
    empty, logits = torch.full((1,), -1.0, dtype=torch.float64), []
    for word in previous(p["U"], y):
        tops = sum(stack[:TOP] @ P for stack, P in zip(stacks, p["P"], strict=True))
        h = torch.sigmoid(word + p["R"] @ h + tops)
        for k, stack in enumerate(stacks):
            push, pop, stay = torch.softmax(p["A"][k] @ h, dim=0)
            pushed = torch.cat([torch.sigmoid(p["D"][k] @ h)[None], stack[:-1]])
            stacks[k] = push * pushed + pop * torch.cat([stack[1:], empty]) + stay * stack
        logits.append(p["V"] @ h)
    return classified(torch.stack(logits), y)


def one_class(logits: Tensor, target: Tensor) -> Score:
    """Score the class of a whole example."""
    return classified(logits[None], target[None])._replace(outputs={"y.logits": logits})


def fast_weights(p: Tensors, example: Example) -> Score:
    """Attend to the states of the past (eq. 4): no matrix of fast weights is ever made."""
    past: list[Tensor] = []
    h = zeros(UNITS)
    for x in embedded(p["F"], example.data["x"]):
        slow = p["W"] @ h + p["C"] @ x + p["c"]
        h = torch.relu(slow)
        for _ in range(STEPS):
            net = slow + sum(RATE * DECAY**age * old * (old @ h) for age, old in enumerate(reversed(past)))
            h = torch.relu(torch.nn.functional.layer_norm(net, (UNITS,), p["gain"], p["bias"], eps=1e-5))
        past.append(h)
    return one_class(p["V"] @ h + p["b"], example.data["y"])


def two_rates(p: Tensors, example: Example) -> Score:
    h, g = zeros(UNITS), zeros(SLOW)
    for t, x in enumerate(example.data["x"], 1):
        h = torch.tanh(p["W"] @ h + p["U"] @ x + p["R"] @ g + p["b"])
        if t % PERIOD == 0:
            g = torch.tanh(p["Z"] @ g + p["Q"] @ h + p["c"])
    return one_class(p["V"] @ torch.cat([h, g]) + p["d"], example.data["y"])


def word_clock(p: Tensors, example: Example) -> Score:
    y, h, g, states = example.data["y"], zeros(UNITS), zeros(SLOW), []
    for letter, ended in zip(previous(p["U"], y), example.data["ended"], strict=True):
        if ended:
            g, h = torch.tanh(p["Z"] @ g + p["Q"] @ h + p["c"]), zeros(UNITS)
        h = torch.tanh(p["W"] @ h + letter + p["R"] @ g + p["b"])
        states.append(h)
    return classified(torch.stack(states) @ p["V"].T + p["d"], y)


def hred(p: Tensors, example: Example) -> Score:
    """Go from query to query, with the words that each really has; what is beyond them has the last one's state."""
    w, session = example.data["w"], (zeros(SLOW),)
    logits = []
    for query, count in zip(w, example.data["words"].int().tolist(), strict=True):
        start: State = (torch.tanh(p["D"] @ session[0] + p["b_0"]),)
        words = previous(p["E"], query)
        d = walk(gru, own(p, "d"), words[:count], start)
        d += [d[-1]] * (len(query) - count)
        before = previous(p["F"], query)
        nets = outputs(d, UNITS) @ p["H"].T + torch.stack(before) + p["b_o"]
        logits.append(nets @ p["O"])
        q = walk(gru, own(p, "q"), embedded(p["E"], query[:count]), (zeros(UNITS),))
        session = gru(own(p, "s"), q[-1][0], session)
    found = torch.stack(logits)
    return classified(found.flatten(0, 1), w.flatten())._replace(outputs={"w.logits": found})


CASES = (
    Case("NTM", model("ntm", **MEMORY), copies, ntm),
    Case("ManyHeadsNTM", model("ntm_heads", **MEMORY), copies, ntm_heads),
    Case("FeedforwardNTM", model("ntm_feedforward", **MEMORY, heads=HEADS), copies, ntm_feedforward),
    Case(
        "StackRNN",
        model("stack_rnn", vocab=VOCAB, hidden=UNITS, stacks=STACKS, depth=DEPTH, top=TOP),
        texts,
        stack_rnn,
    ),
    Case(
        "FastWeights",
        model("fast_weights", vocab=VOCAB, classes=CLASSES, hidden=UNITS, embed=EMBED, steps=STEPS),
        questions,
        fast_weights,
    ),
    Case(
        "TwoRates",
        model("two_rates", inputs=INPUTS, classes=CLASSES, fast=UNITS, slow=SLOW, period=PERIOD),
        series,
        two_rates,
    ),
    Case("WordClock", model("word_clock", vocab=VOCAB, letters=UNITS, words=SLOW), spaced, word_clock),
    Case("HRED", model("hred", vocab=VOCAB, hidden=UNITS, session=SLOW, embed=EMBED), sessions, hred),
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
