"""Index sets in words."""

import pytest

from rnndsl.indices import Index, Kind
from rnndsl.semantics.sets import kind_words, same_set, set_words
from rnndsl.sizes import Size

N = Index("n", Kind.TREE, 0)
K = Index("k", Kind.CHILDREN, 1, of=N)
RANGE = Index("m", Kind.RANGE, 2, Size.of(-1), Size.of("n"))


@pytest.mark.parametrize(
    ("index", "kind", "name"),
    [
        (N, "a tree", "the tree `n`"),
        (Index("d", Kind.DAG, 0), "a dag", "the dag `d`"),
        (Index("t", Kind.SEQUENCE, 0), "a sequence", "the sequence `t`"),
        (K, "the children of `n`", "the children of `n`"),
        (RANGE, "-1..n", "the range `m`"),
        (Index("m", Kind.RANGE, 0, Size.of(1), Size.of(3), cyclic=True), "cyclic(3)", "the range `m`"),
    ],
)
def test_words(index: Index, kind: str, name: str) -> None:
    assert (kind_words(index), set_words(index)) == (kind, name)


def test_sets_are_of_one_kind() -> None:
    assert same_set(N, Index("other", Kind.TREE, 7))
    assert not same_set(N, Index("n", Kind.DAG, 0))
    assert same_set(K, Index("j", Kind.CHILDREN, 5, of=N))
    assert not same_set(K, Index("j", Kind.CHILDREN, 5, of=Index("other", Kind.TREE, 7)))
    assert same_set(RANGE, Index("i", Kind.RANGE, 0, Size.of(-1), Size.of("n")))
    assert not same_set(RANGE, Index("i", Kind.RANGE, 0, Size.of(0), Size.of("n")))
