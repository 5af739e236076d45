"""Numbers are added with attention."""

from tests.examples.conftest import Shortly


def test_small_numbers_are_added(shortly: Shortly) -> None:
    right, losses = shortly("addition")
    assert right > 50.0, "per cent of sums that training never showed; there are 59 different ones"
    assert losses[-1] < 0.2 * losses[0]
