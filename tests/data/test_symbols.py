"""Tables of symbols."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnndsl.data.symbols import Symbols
from rnndsl.diagnostics.diagnostic import DataError


@given(st.text(min_size=1))
def test_characters_survive_encoding_and_decoding(text: str) -> None:
    symbols = Symbols.of(text)
    assert symbols.decode(symbols.encode(text)) == text
    assert list(symbols.entries) == sorted(set(text))


def test_words_are_separated_by_white_space_and_ends_of_lines_are_words() -> None:
    symbols = Symbols.of("to be\nor not\tto be", "word")
    assert symbols.entries == ("\n", "be", "not", "or", "to")
    assert symbols.encode("to be\nor").tolist() == [4, 1, 0, 3]
    assert symbols.decode([4, 1, 0, 3]) == "to be\nor"


def test_an_unknown_symbol_is_named() -> None:
    with pytest.raises(DataError, match="RNN611: 'z' is not one of the model's 3 symbols"):
        Symbols.of("abc").encode("abz")


def test_tokens_are_whole_numbers() -> None:
    assert Symbols.of("ab").encode("abba").dtype == np.int64
