"""Strings are reversed with attention."""

from tests.examples.conftest import Decoded


def test_short_strings_are_reversed(decoded: Decoded) -> None:
    greedily, by_beam, losses = decoded("reversal")
    assert by_beam >= greedily > 90.0, "per cent"
    assert losses[-1] < 0.1 * losses[0]
