"""Digits are read by the four-directional net."""

from tests.examples.conftest import Shortly


def test_small_images_of_digits_are_told_apart(shortly: Shortly) -> None:
    right, losses = shortly("mnist_four_ways")
    assert right > 40.0, "per cent; chance is 10"
    assert losses[-1] < 0.7 * losses[0]
