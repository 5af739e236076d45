"""Strings are reversed with attention."""

from tests.examples.conftest import Shortly


def test_short_strings_are_reversed(shortly: Shortly) -> None:
    right, losses = shortly("reversal")
    assert right > 90.0, "per cent"
    assert losses[-1] < 0.1 * losses[0]
