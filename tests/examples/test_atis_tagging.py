"""Parts of speech by a bidirectional LSTM."""

from tests.examples.conftest import Shortly


def test_tags_are_learned_from_a_quarter_of_the_sentences(shortly: Shortly) -> None:
    right, losses = shortly("atis_tagging")
    assert right > 97.0, "per cent; the most frequent tags of words, from all sentences, give 95.96"
    assert losses[-1] < 0.1 * losses[0]
