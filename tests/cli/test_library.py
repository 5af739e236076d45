"""The library by name, and the papers of its specs."""

import pytest

from rnndsl.cli.library import Paper, entries, header_of, paper_of, spellings

HEADER = '# Tai, Socher & Manning (2015), "Improved\n# semantics": {}\ncell A():  # not this\n# nor this\n'


def test_every_spec_has_a_name_of_its_own() -> None:
    every = entries()
    assert [entry.kind for entry in every] == sorted(entry.kind for entry in every)
    assert {entry.name: entry.path for entry in every}.items() <= spellings().items()
    assert len({entry.path for entry in every}) == len(every) == len({entry.name for entry in every})


def test_a_name_that_a_cell_and_a_model_share_means_the_model() -> None:
    known = spellings()
    assert known["elman"] == known["models/elman"] == known["models/elman.rnn"] != known["cells/elman"]
    assert {entry.name for entry in entries() if entry.path.stem == "elman"} == {"elman", "cells/elman"}
    assert known["lstm"] == known["specs/cells/lstm.rnn"]


def test_a_header_is_the_comment_on_top() -> None:
    assert header_of(HEADER.format("sums.")) == 'Tai, Socher & Manning (2015), "Improved semantics": sums.'
    assert header_of("cell A():\n# late\n") == ""
    assert header_of("# alone") == "alone"


def test_a_paper_is_what_the_header_begins_with() -> None:
    paper = paper_of(HEADER.format("sums."))
    assert paper == Paper("Tai, Socher & Manning", 2015, "Improved semantics", "sums.")
    assert paper_of("# A model of mine, after Elman (1990).\n") is None
    assert paper_of("# After Elman (90): a network.\n") is None
    assert paper_of("# elman (1990)\n") is None


@pytest.mark.parametrize(
    ("authors", "short"),
    [
        ("Elman", "Elman (1990)"),
        ("El Hihi & von Brecht", "El Hihi & von Brecht (1990)"),
        ("Van der Westhuizen, Kiros & O'Neil-Hinton", "Van der Westhuizen et al. (1990)"),
        ("Ba, Kiros & Hinton", "Ba et al. (1990)"),
        ("Cho et al.", "Cho et al. (1990)"),
    ],
)
def test_more_than_two_authors_are_cut_short(authors: str, short: str) -> None:
    paper = paper_of(f"# {authors} (1990).\n")
    assert paper is not None
    assert (paper.authors, paper.short, paper.title, paper.about) == (authors, short, None, "")


def test_every_spec_begins_with_its_paper() -> None:
    assert [entry.name for entry in entries() if paper_of(entry.text) is None] == []
