"""Parts of speech by a bidirectional LSTM."""

from rnndsl.verify import verify
from tests.examples.conftest import ROOT, Shortly


def test_tags_are_learned_from_a_quarter_of_the_sentences(shortly: Shortly) -> None:
    right, losses = shortly("atis_tagging")
    assert right > 97.0, "per cent; the most frequent tags of words, from all sentences, give 95.96"
    assert losses[-1] < 0.1 * losses[0]


def test_its_spec_verifies() -> None:
    report = verify(ROOT / "examples" / "atis_tagging.rnn", seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
