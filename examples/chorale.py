"""A chorale after Bach, composed note by note and written as a MIDI file.

Data: the chorales of J. S. Bach as chords, one a quarter (Boulanger-Lewandowski, Bengio and Vincent 2012), in
`examples/data/`; 229, 76 and 77 pieces to train, to try and to test.
Model: an LSTM that reads a chord, a vector of 88 keys, and says of every key whether it sounds in the next one. The
equation that scores a chord draws it, too: the chorale is the same model in its mode "sample", begun with the first
quarters of a chorale that it was not trained on.
Score: minus log-likelihood per quarter, in nats, on the test pieces.
Expected: below 9.0 (the paper's RNN has 8.71).

    python examples/chorale.py
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Final

import numpy as np
from midi import write_midi
from numpy.typing import NDArray

import rnndsl
from rnndsl.data import Examples
from rnndsl.locations import data_folder
from rnndsl.train import Limit
from training import Options, Params, Plan, fit, read_options, shuffled

SPEC: Final = """
from cells import LSTM

model Chorale(keys, hidden = 128):
    index  t : sequence
    target y[t] : keys
    param  V, b

    h[t] = LSTM(hidden)(dropout(y[t-1], 0.1))
    y[t] ~ bernoulli(V @ dropout(h[t], 0.4) + b)
"""
#: The keys of a piano, by their MIDI numbers.
LOWEST, KEYS = 21, 88
TOGETHER, PROMPT, LENGTH = 16, 8, 64

Array = NDArray[np.float32]


def pieces(part: str) -> list[Array]:
    """Read the pieces of a part of the data: [quarters, keys], 1 where a key sounds."""
    with gzip.open(data_folder("examples") / "data" / "jsb_quarter.json.gz", "rt", encoding="utf-8") as file:
        read = json.load(file)[part]
    found = [np.zeros((len(piece), KEYS), np.float32) for piece in read]
    for keys, piece in zip(found, read, strict=True):
        for quarter, chord in enumerate(piece):
            keys[quarter, np.array(chord, int) - LOWEST] = 1
    return found


def compose(program: rnndsl.Program, params: Params, beginning: Array, seed: int) -> list[list[int]]:
    """Go on with a beginning; return chords of MIDI numbers."""
    drawn = program.sample(params, {"y": [beginning]}, lengths={"t": [LENGTH]}, seed=seed)["y"][0]
    return [(np.flatnonzero(chord) + LOWEST).tolist() for chord in drawn]


def main(options: Options) -> None:
    """Train, tell the score, and write a chorale."""
    train, test = pieces("train"), pieces("test")
    if options.short:
        train = [piece[:24] for piece in train[:64]]
    steps, hidden = (120, 48) if options.short else (3000, 160)
    program = rnndsl.compile(SPEC, dims={"keys": KEYS, "hidden": hidden}, modes=("observe", "sample"))
    params = program.init(options.seed)

    def score() -> str:
        return f"{program.loss(params, {'y': test}).value:.3f} nats per quarter"

    plan = Plan(Limit(steps=steps, minutes=options.minutes), options.seed, 1e-2, tell_every=steps // 20)
    fitted = fit(program, params, shuffled(Examples({"y": train}, {}, len(train)), TOGETHER, options.seed), plan, score)
    path = Path("chorale.mid")
    write_midi(path, compose(program, params, test[0][:PROMPT], options.seed))
    print(f"{LENGTH} quarters in {path.resolve()}", file=sys.stderr)
    print(f"result: {score()} ({fitted})")


if __name__ == "__main__":
    main(read_options(__doc__ or ""))
