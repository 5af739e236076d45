"""A report holds when all of its lines do."""

from rnndsl.verify.report import Line, Report


def test_ok() -> None:
    good, bad = Line("a", 0.0, passed=True), Line("b", 1.0, passed=False)
    assert Report((good, good)).ok
    assert not Report((good, bad)).ok
    assert not Report((bad,)).ok
