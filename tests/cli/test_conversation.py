"""Conversations: all turns together are what the whole text would be, with and without a state to take over."""

import numpy as np
import pytest

import rnndsl
from rnndsl.cli.conversation import Conversation
from rnndsl.cli.generating import Wish, continued, generate
from rnndsl.cli.trained import Trained
from rnndsl.data import Symbols
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.runtime.generation import Sampling, Search

BACK = """
model Text(k, n = 3):
    index  t : sequence
    target y[t] : token(k)
    param  W, U, V
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1])
    y[t] ~ categorical(V @ h[t])
"""
SEPARATE = BACK.replace("    target", "    input  x[t] : token(k)\n    target").replace("y[t-1]", "x[t]")
LETTERS = Symbols(("\n", "a", "b", "c"))


def trained(text: str, symbols: Symbols | None = LETTERS) -> Trained:
    feed = {"x": "y"} if "x[t]" in text else {}
    program = rnndsl.compile(text, dims={"k": 4}, dtype="float64", modes=("observe", "sample", "beam"), feed=feed)
    return Trained(program, {name: array * 3 + 0.1 for name, array in program.init(0).items()}, symbols)


@pytest.mark.parametrize("text", [BACK, SEPARATE], ids=["back", "separate"])
@pytest.mark.parametrize("search", [None, Search(width=3)], ids=["drawn", "beam"])
def test_turns_are_the_whole(text: str, search: Search | None) -> None:
    model, wish = trained(text), Wish(6, sampling=Sampling(seed=3), search=search)
    conversation = Conversation(model, wish, "ca")
    first = conversation.answer("ab\n")
    second = conversation.answer("b")
    assert (len(first), len(second)) == (6, 6)
    heard = LETTERS.encode(f"caab\n{first}b")
    (sample,) = generate(model, continued(model, heard), wish)
    assert LETTERS.decode(sample.values["y"][-6:].tolist()) == second
    assert LETTERS.decode(conversation.said) == f"caab\n{first}b{second}"


def test_the_state_is_kept() -> None:
    conversation = Conversation(trained(SEPARATE), Wish(5))
    conversation.answer("ab")
    assert conversation.carry["t"].tolist() == [6]  # the first symbol is not the target's
    conversation.answer("c")
    assert conversation.carry["t"].tolist() == [12]


@pytest.mark.parametrize("text", [BACK, SEPARATE], ids=["back", "separate"])
def test_nothing_said_is_a_beginning_too(text: str) -> None:
    conversation = Conversation(trained(text), Wish(3))
    assert len(conversation.answer("")) == len(conversation.answer("")) == 3
    assert len(Conversation(trained(text), Wish(3)).answer("a")) == 3


def test_an_end_in_a_line_ends_nothing() -> None:
    conversation = Conversation(trained(BACK), Wish(50, sampling=Sampling(end=0)))
    said = conversation.answer("a\n")
    assert said.endswith("\n")
    assert said.count("\n") == 1
    assert conversation.carry["t"].tolist() == [2 + len(said)]


def test_an_unknown_symbol_says_nothing() -> None:
    conversation = Conversation(trained(BACK), Wish(3), "b")
    with pytest.raises(DataError, match="RNN611"):
        conversation.answer("z")
    assert (conversation.said, conversation.prompt, conversation.carry) == ([], "b", {})


def test_words_are_joined_by_spaces() -> None:
    symbols = Symbols(("a", "b", "c", "d"), "word")
    conversation = Conversation(trained(BACK, symbols), Wish(2), "a")
    conversation.answer("b\n")
    conversation.answer("c d\n")
    assert len(conversation.said) == 1 + 1 + 2 + 2 + 2
    np.testing.assert_array_equal(np.array(conversation.said)[[0, 1, 4, 5]], [0, 1, 2, 3])


def test_what_reads_no_text_does_not_converse() -> None:
    with pytest.raises(DataError, match="RNN608: Text was not trained on text"):
        Conversation(trained(BACK, None), Wish(3))
