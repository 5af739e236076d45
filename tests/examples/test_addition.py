"""Numbers are added with attention."""

from tests.examples.conftest import Decoded


def test_small_numbers_are_added(decoded: Decoded) -> None:
    greedily, by_beam, losses = decoded("addition")
    assert by_beam >= greedily > 50.0, "per cent of sums that training never showed; there are 59 different ones"
    assert losses[-1] < 0.2 * losses[0]
