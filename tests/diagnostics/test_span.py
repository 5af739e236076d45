"""Places."""

from rnndsl.diagnostics.span import NOWHERE, Span


def test_to_joins_start_and_end() -> None:
    joined = Span("a.rnn", 1, 2, 1, 4).to(Span("a.rnn", 3, 1, 3, 9))
    assert joined == Span("a.rnn", 1, 2, 3, 9)
    assert str(joined) == "a.rnn:1:2"
    assert NOWHERE.file == ""
