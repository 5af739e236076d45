"""A neural Turing machine learns to copy.

Task: a sequence of 1 to 10 random 8-bit vectors is shown, then a delimiter; then, without any input, the machine must
say the sequence again (Graves, Wayne and Danihelka 2014, section 4.1). Its memory has 32 slots of 16 numbers; the
controller is an LSTM of 64 units, and there is one head that reads and one that writes (`specs/models/ntm.rnn`).
Score: the bits that it costs to say a sequence, by the probabilities that the machine gives to its bits; 8 for every
vector before training, 44 on average.
Source: the paper trains with RMSProp, one sequence at a time; here it is Adam with 16 at a time, and sequences half as
long.
Expected: below 0.1 bits per sequence; 0.01 after 8000 steps, in 2 minutes on one core. Sequences of twice the length
come out nearly right, though the machine never saw one.

    python examples/ntm_copy.py
"""

import math
from typing import Final

import numpy as np

import rnndsl
from rnndsl.locations import data_folder
from rnndsl.train import Limit
from training import Batch, Options, Params, Plan, fit, read_options

#: Graves, Wayne and Danihelka's machine; its memory here, and that of the short version.
SPEC: Final = data_folder("specs") / "models" / "ntm.rnn"
BITS: Final = 8
MEMORY: Final = {"slots": 32, "width": 16, "hidden": 64}
SMALL_MEMORY: Final = {"slots": 8, "width": 8, "hidden": 32}
#: How many tasks make a batch, and how many the score.
TOGETHER, SCORED = 16, 1000


def copies(random: np.random.Generator, count: int, longest: int) -> Batch:
    """Make tasks: what is shown and a delimiter on a channel of its own; what to say, and where it is scored."""
    shown, said, scored = [], [], []
    for length in random.integers(1, longest + 1, count):
        bits = random.integers(0, 2, (length, BITS)).astype(np.float32)
        x = np.zeros((2 * length + 1, BITS + 1), np.float32)
        x[:length, :BITS], x[length, BITS] = bits, 1.0
        shown.append(x)
        said.append(np.concatenate([np.zeros((length + 1, BITS), np.float32), bits]))
        scored.append(np.concatenate([np.zeros(length + 1, np.float32), np.ones(length, np.float32)]))
    return {"data": {"x": shown, "y": said, "scored": scored}}


def bits_per_sequence(program: rnndsl.Program, params: Params, tasks: Batch) -> float:
    """Return how many bits it costs to say a sequence: 0 when every bit is certain and right."""
    nll, _ = program.loss(params, **tasks).terms["y"]
    return nll / math.log(2) / len(tasks["data"]["x"])


def wrong_bits(program: rnndsl.Program, params: Params, tasks: Batch) -> float:
    """Return which share of the bits is said wrong."""
    logits = program.run(params, tasks["data"])["y.logits"]
    wrong = total = 0
    for said, y, scored in zip(logits, tasks["data"]["y"], tasks["data"]["scored"], strict=True):
        asked = scored > 0
        wrong += int(np.sum((said[: len(y)][asked] > 0) != (y[asked] > 0)))
        total += y[asked].size
    return wrong / total


def main(options: Options) -> None:
    """Train, and tell how well sequences are copied."""
    longest, steps, rate = (2, 700, 1e-2) if options.short else (10, 8000, 3e-3)
    program = rnndsl.compile(SPEC, dims={"bits": BITS, **(SMALL_MEMORY if options.short else MEMORY)})
    params = program.init(options.seed)
    random = np.random.default_rng(options.seed)
    held_out = copies(np.random.default_rng([options.seed, 1]), SCORED, longest)

    def score() -> str:
        return f"{bits_per_sequence(program, params, held_out):.3f} bits per sequence"

    plan = Plan(Limit(steps=steps, minutes=options.minutes), options.seed, rate, clip=1.0, tell_every=steps // 20)
    fitted = fit(program, params, lambda step: copies(random, TOGETHER, longest), plan, score)
    longer = copies(np.random.default_rng([options.seed, 2]), SCORED, 2 * longest)
    print(f"lengths 1 to {2 * longest}: {wrong_bits(program, params, longer):.2%} of the bits wrong")
    print(f"result: {score()}, lengths 1 to {longest} ({fitted})")


if __name__ == "__main__":
    main(read_options(__doc__ or ""))
