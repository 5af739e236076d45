"""Nested lists are evaluated by a Tree-LSTM."""

from tests.examples.conftest import Shortly


def test_lists_that_training_never_showed_are_evaluated(shortly: Shortly) -> None:
    right, losses = shortly("listops")
    assert right > 45.0, "per cent; chance is 10"
    assert losses[-1] < 0.6 * losses[0]
