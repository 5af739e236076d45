"""What `rnndsl sample` starts from, how long it goes on, and what it tells."""

import json
from pathlib import Path

import numpy as np
import pytest

import rnndsl
from rnndsl.cli.generating import LENGTH, Start, Wish, from_file, from_text, generate
from rnndsl.cli.trained import Trained
from rnndsl.data import Symbols
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.runtime.generation import Sampling, Search

TEXT = """
model Text(k, n = 3):
    index  t : sequence
    target y[t] : token(k)
    param  W, U, V
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1])
    y[t] ~ categorical(V @ h[t])
"""
TWO = """
model Two(k, n = 3):
    index  t : sequence
    input  x : n
    target y[t] : token(k)
    target z[t] : n
    param  W, U, V
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1] + z[t-1] + x)
    y[t] ~ categorical(V @ h[t])
    z[t] ~ normal(h[t])
"""


def trained(text: str, symbols: Symbols | None) -> Trained:
    program = rnndsl.compile(
        text, dims={"k": 3}, dtype="float64", modes=("observe", "sample", "beam")[: 3 - ("Two" in text)]
    )
    return Trained(program, {name: array + 0.1 for name, array in program.init(0).items()}, symbols)


LETTERS = trained(TEXT, Symbols(("a", "b", "c")))
PAIR = trained(TWO, None)


def test_a_text_is_a_prompt() -> None:
    start = from_text(LETTERS, "abba")
    assert [array.tolist() for array in start.data["y"]] == [[0, 1, 1, 0]]
    assert from_text(LETTERS, "") == Start({}, {}, {}, 1)
    with pytest.raises(DataError, match="RNN608: Two cannot go on with a text: it reads `x`, `y`, `z`"):
        from_text(PAIR, "a")
    with pytest.raises(DataError, match="RNN608: Text was not trained on text"):
        from_text(trained(TEXT, None), "a")


def test_lengths_count_what_follows_the_prompt() -> None:
    (sample,) = generate(LETTERS, from_text(LETTERS, "ab"), Wish(5))
    assert len(sample.values["y"]) == 7
    assert sample.values["y"][:2].tolist() == [0, 1]
    (sample,) = generate(LETTERS, from_text(LETTERS, ""), Wish())
    assert len(sample.values["y"]) == LENGTH
    (sample,) = generate(LETTERS, from_text(LETTERS, "ab"), Wish(0))
    assert sample.values["y"].tolist() == [0, 1]
    score = LETTERS.program.loss(LETTERS.params, {"y": [sample.values["y"]]}).terms["y"][0]
    assert sample.log_prob == pytest.approx(-score)


def test_several_of_one_example_are_neighbours() -> None:
    found = generate(LETTERS, from_text(LETTERS, "a", 2), Wish(4, 3, Sampling(seed=1)))
    assert [sample.example for sample in found] == [0, 0, 0, 1, 1, 1]
    beams = generate(LETTERS, from_text(LETTERS, "a"), Wish(2, search=Search(width=9, best=9)))
    assert len({tuple(sample.values["y"].tolist()) for sample in beams}) == 9
    wide = generate(LETTERS, from_text(LETTERS, "a"), Wish(1, search=Search(width=9, best=9)))
    assert len(wide) == 3  # there are no more


def test_a_file_holds_inputs_and_what_is_given_of_targets(tmp_path: Path) -> None:
    lines = [
        {"x": [1, 0, 0], "y": [2, 2], "z": [[0.5, 0.5, 0.5]]},
        {"x": [0, 1, 0], "y": [], "z": []},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    first, second = generate(PAIR, from_file(PAIR, path, anew=False), Wish(2))
    assert first.values["y"][:2].tolist() == [2, 2]
    np.testing.assert_array_equal(first.values["z"][0], [0.5] * 3)
    assert [np.shape(sample.values["z"]) for sample in (first, second)] == [(4, 3), (2, 3)]
    start = from_file(PAIR, path, anew=True)
    assert set(start.data) == {"x"}
    assert start.lengths == {"t": [2, 0]}
    assert [len(sample.values["y"]) for sample in generate(PAIR, start, Wish())] == [2, 0]
