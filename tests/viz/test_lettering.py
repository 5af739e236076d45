"""Widths of words."""

from rnndsl.viz.lettering import text_width, typeset


def test_longer_and_wider_words_are_wider() -> None:
    assert text_width("ii", 10) < text_width("oo", 10) < text_width("ww", 10)
    assert text_width("oo", 20) == 2 * text_width("oo", 10)
    assert text_width("", 10) == 0


def test_a_minus_is_no_hyphen() -> None:
    assert typeset("t-1") == "t\N{MINUS SIGN}1"
