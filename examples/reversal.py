"""Strings are read and written backwards, with attention.

Task: a string of 1 to 12 random letters is read; write it from its last letter to its first, then an end symbol.
Model: encoder, attention, decoder (Bahdanau, Cho and Bengio 2015; `specs/models/translate.rnn`). The decoder looks at
the letters by weights of its own making; that these run backwards is what it has to learn.
Score: the share of strings that are written without any mistake by a decoder that reads its own letters, greedily and
by a beam of 5.
Expected: above 98 %; 100 % after 3000 steps, in 45 seconds on one core.

    python examples/reversal.py
"""

from typing import Final

import numpy as np

import rnndsl
from decoding import MODES, exact_matches, told
from rnndsl.locations import data_folder
from rnndsl.train import Limit
from training import Batch, Options, Plan, fit, read_options

SPEC: Final = data_folder("specs") / "models" / "translate.rnn"
#: The letters are 0 to 25; only what is written has an end.
LETTERS, END = 26, 26
TOGETHER, SCORED = 32, 1000


def reversals(random: np.random.Generator, count: int, longest: int) -> Batch:
    """Make strings, and what is to be written."""
    strings = [random.integers(0, LETTERS, length) for length in random.integers(1, longest + 1, count)]
    return {"data": {"x": strings, "y": [np.append(string[::-1], END) for string in strings]}}


def main(options: Options) -> None:
    """Train, and tell how many strings are reversed."""
    longest, steps, size, rate = (3, 400, 48, 1e-2) if options.short else (12, 3000, 64, 3e-3)
    sizes = {"hidden": size, "embed": size // 2, "align": size // 2}
    dims = {"source_vocab": LETTERS, "target_vocab": LETTERS + 1, **sizes}
    program = rnndsl.compile(SPEC, dims=dims, modes=MODES)
    params = program.init(options.seed)
    random = np.random.default_rng(options.seed)
    held_out = reversals(np.random.default_rng([options.seed, 1]), SCORED, longest)

    def score() -> str:
        return f"{exact_matches(program, params, held_out, END):.1%} without a mistake"

    plan = Plan(Limit(steps=steps, minutes=options.minutes), options.seed, rate, clip=1.0, tell_every=steps // 20)
    fitted = fit(program, params, lambda step: reversals(random, TOGETHER, longest), plan, score)
    print(f"result: {told(program, params, held_out, END)}, strings of 1 to {longest} letters ({fitted})")


if __name__ == "__main__":
    main(read_options(__doc__ or ""))
