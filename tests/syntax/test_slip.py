"""The situation in which a line breaks off."""

from rnndsl.syntax.lexer import scan
from rnndsl.syntax.slip import Slip


def slip(text: str, position: int) -> Slip:
    return Slip(scan(text, "").lines[0].tokens, position, frozenset())


def test_the_innermost_open_bracket_and_what_is_called() -> None:
    text = "h[t] = f(x[t], (a"
    opener = [slip(text, k).opener for k in (1, 2, 4, 7, 9, 11, 13)]
    assert [one and one.text for one in opener] == [None, "[", None, "(", "[", "(", "("]
    assert [one and one.text for one in (slip(text, k).called for k in (7, 9, 11, 13))] == ["f", "x", "f", None]
    assert slip("( a", 1).called is None


def test_what_stands_before_and_after() -> None:
    here = slip("h[t] = x", 4)
    assert (here.first.text, here.found.text, here.before and here.before.text, here.after.text) == ("h", "=", "]", "x")
    assert slip("h", 0).before is None
    assert here.after_operand
    assert not slip("h[t] = x", 5).after_operand


def test_seen_looks_outside_of_brackets_only() -> None:
    here = slip("h[t] : f(a = b) = x", 12)
    assert here.seen("COLON")
    assert not slip("h[t] : f(a = b)", 11).seen("EQUAL")
    assert here.seen("EQUAL")
