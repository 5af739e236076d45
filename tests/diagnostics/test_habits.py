"""Words of other languages."""

import pytest

from rnndsl.diagnostics.habits import CELLS, DISTRIBUTIONS, FUNCTIONS, INITIALISERS, LATEX, STATEMENTS, known_habit
from rnndsl.semantics import functions
from rnndsl.syntax import tokens

TABLES = {
    "functions": FUNCTIONS,
    "statements": STATEMENTS,
    "cells": CELLS,
    "distributions": DISTRIBUTIONS,
    "initialisers": INITIALISERS,
    "latex": LATEX,
}


@pytest.mark.parametrize("name", TABLES)
def test_words_are_in_small_letters_and_ways_are_help(name: str) -> None:
    for word, way in TABLES[name].items():
        assert word == word.lower()
        assert len(way) < 90
        assert not way.endswith(".")


def test_no_table_shadows_a_word_of_the_language() -> None:
    assert not set(FUNCTIONS) & set(functions.FUNCTIONS)
    assert not set(STATEMENTS) & (set(tokens.STATEMENTS) | set(tokens.RESERVED))
    assert not set(INITIALISERS) & set(functions.INITIALISERS)
    drawn = {name for name, row in functions.FUNCTIONS.items() if row.kind is functions.Kind.DISTRIBUTION}
    assert not set(DISTRIBUTIONS) & drawn


def test_case_does_not_matter_and_unknown_words_have_no_way() -> None:
    assert known_habit(CELLS, "BiLSTM") == CELLS["bilstm"]
    assert known_habit(FUNCTIONS, "tanh") == ""
