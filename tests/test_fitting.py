"""Joining a spec with data."""

from pathlib import Path

import pytest

from rnndsl.choice import Choice
from rnndsl.cli.specs import Spec
from rnndsl.data import ExampleBatches, StreamBatches, Symbols
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.fitting import Reading, prepare
from rnndsl.train import Measure, Settings

LANGUAGE = """model Language(vocab, hidden = 4):
    index t : sequence
    target y[t] : token(vocab)
    param W, U, V
    h[t] : hidden = tanh(W @ h[t-1] + U @ y[t-1])
    y[t] ~ categorical(V @ h[t])
"""
REAL = """model Real(n, m):
    index t : sequence
    input x[t] : n
    target y[t] : n
    param A : m, n
    param B : n, m
    y[t] ~ normal(B @ tanh(A @ x[t]))
"""


def _spec(text: str) -> Spec:
    return Spec("<text>", text, None)


def test_the_vocabulary_comes_from_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("abcab" * 20)
    prepared = prepare(_spec(LANGUAGE), Choice(), path, Reading("char"))
    assert prepared.dims == {"vocab": 3}
    assert prepared.program.dims == {"vocab": 3, "hidden": 4}
    assert prepared.measure() == Measure("bits per character", "y")
    assert isinstance(prepared.batches(prepared.dataset, Settings()), StreamBatches)
    again = prepare(_spec(LANGUAGE), Choice({"vocab": 9}), path, Reading("char", Symbols(("a", "b", "c", "d"))))
    assert again.program.dims["vocab"] == 9


def test_words_are_tokens_too(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("to be or not to be\n" * 5)
    prepared = prepare(_spec(LANGUAGE), Choice(), path, Reading("word"))
    assert prepared.dims == {"vocab": 5}
    assert prepared.measure().label == "bits per word"


def test_what_neither_the_data_nor_the_user_says_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"x": [[1, 2]], "y": [[3, 4]]}\n' * 4)
    with pytest.raises(DataError, match="RNN610: Real leaves m open") as caught:
        prepare(_spec(REAL), Choice(), path, Reading("char"))
    assert caught.value.diagnostic.help == "say --set m=..."
    prepared = prepare(_spec(REAL), Choice({"m": 3}), path, Reading("char"))
    assert prepared.program.dims == {"n": 2, "m": 3}
    assert prepared.measure() == Measure()
    assert isinstance(prepared.batches(prepared.dataset, Settings()), ExampleBatches)
