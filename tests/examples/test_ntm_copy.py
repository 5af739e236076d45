"""The neural Turing machine learns to copy."""

from tests.examples.conftest import Shortly


def test_short_sequences_are_copied(shortly: Shortly) -> None:
    bits, losses = shortly("ntm_copy")
    assert bits < 3.0, "of 12 without training"
    assert losses[-1] < 0.4 * losses[0]
