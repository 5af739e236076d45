"""Characters that a spec may hold."""

import pytest

from rnndsl.syntax.characters import (
    accented,
    describe,
    find_hidden,
    is_hidden,
    looks_latin,
    normalise_lines,
    replacement,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\rb\r", "a\nb\n"),
        ("a\nb\rc\n", "a\nb\rc\n"),
        ("\ufeffa\n", "a\n"),
        ("a\ufeff\n", "a\ufeff\n"),
        ("", ""),
    ],
)
def test_normalise_lines(text: str, expected: str) -> None:
    assert normalise_lines(text) == expected


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u00a0", "U+00A0 no-break space"),
        ("\u202e", "U+202E right-to-left override"),
        ("\x00", "U+0000 control character"),
        ("\ud800", "U+D800 lone surrogate"),
        ("\ue000", "U+E000 private character"),
        ("\U000e0fff", "U+E0FFF character without a name"),
    ],
)
def test_describe(character: str, name: str) -> None:
    assert describe(character) == name


@pytest.mark.parametrize("character", "\x00\x07\x1b\x7f\x9b\u00a0\u00ad\u200b\u200d\u202e\u2066\ufeff\ud800")
def test_hidden(character: str) -> None:
    assert is_hidden(character)
    assert find_hidden(f"# caf\u00e9 {character}") == 7


@pytest.mark.parametrize("character", "\t\f\r\x85\u2028\u00e9\u4e2d\u03b1")
def test_not_hidden_in_comments(character: str) -> None:
    assert find_hidden(f"# {character}") == -1


def test_hidden_in_ascii() -> None:
    assert find_hidden("# plain") == -1
    assert find_hidden("# bell \x07") == 7


def test_replacement() -> None:
    assert replacement("\u2212") == "-"
    assert replacement("\u03c3") == "sigma"
    assert replacement("\u0394") == "delta"
    assert replacement("\u00e9") == ""


@pytest.mark.parametrize(
    ("character", "way"),
    [("\u0177", ": `y_hat`"), ("\u0101", ": `a_bar`"), ("\u00f1", ": `n_tilde`"), ("\u00e9", ""), ("x", "")],
)
def test_letters_with_accents_of_mathematics_have_names(character: str, way: str) -> None:
    assert accented(character) == way


def test_letters_that_look_latin_are_known() -> None:
    assert [looks_latin(character) for character in "\u0445\u03bfx\u03b2"] == [True, True, False, False]
    assert [replacement(character) for character in "\u0445\u03bf\uff0c\u00b2\u4f60"] == ["x", "o", ",", "^ 2", ""]
