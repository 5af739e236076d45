"""Index sets, their order, and how accesses to them are printed."""

import pytest

from rnndsl.indices import Access, Affine, Child, End, Index, Kind, Parent, Root, here, ordered
from rnndsl.sizes import Size

T, S = Index("t", Kind.SEQUENCE, 3), Index("s", Kind.SEQUENCE, 1)
M = Index("m", Kind.RANGE, 0, high=Size.of("slots"), cyclic=True)
J = Index("j", Kind.RANGE, 2, low=Size.of(-1), high=Size.of(1))

N, D = Index("n", Kind.TREE, 4), Index("d", Kind.DAG, 0)
C, E = Index("c", Kind.CHILDREN, 0, of=N), Index("e", Kind.CHILDREN, 9, of=D)


def test_extents() -> None:
    assert M.extent == Size.of("slots")
    assert J.extent == Size.of(3)
    with pytest.raises(ValueError, match="t is not a fixed range"):
        _ = T.extent


def test_ragged_indices_come_first_then_the_order_of_declaration() -> None:
    assert ordered({M, J, S, T}) == (S, T, M, J)
    assert ordered((J, T, J, M, T)) == (T, M, J)
    assert ordered(frozenset()) == ()
    assert [index.ragged for index in (T, S, M, J)] == [True, True, False, False]


def test_names_decide_between_indices_declared_at_one_place() -> None:
    twins = [Index(name, Kind.RANGE, 0, high=Size.of(2)) for name in ("b", "a")]
    assert ordered(set(twins)) == (twins[1], twins[0])


@pytest.mark.parametrize(
    ("access", "text"),
    [
        (here(T), "t"),
        (Affine(((T, 1),), -1), "t-1"),
        (Affine(((T, -1),), 1), "-t+1"),
        (Affine(((M, 1), (J, -1))), "m-j"),
        (Affine(((T, 1), (J, 1)), 2), "t+j+2"),
        (Affine((), 2), "2"),
        (Affine((), -1), "-1"),
        (Affine(()), "0"),
        (End(last=True), "last"),
        (End(last=False), "first"),
        (Root(), "root"),
        (Parent(N), "parent(n)"),
        (Child(N, here(C)), "c"),
        (Child(N, Affine((), 2)), "child(n, 2)"),
        (Child(N, Affine(((J, 1),), 1)), "child(n, j+1)"),
        (Child(N, Affine(((C, 1),), 1)), "child(n, c+1)"),
    ],
)
def test_printed_as_in_the_language(access: Access, text: str) -> None:
    assert str(access) == text


def test_children_stand_behind_their_node_and_bring_it_along() -> None:
    assert ordered({C}) == (N, C)
    assert ordered({M, E, T, C}) == (D, E, T, N, C, M)
    assert [index.ragged for index in (N, D, C, E)] == [True] * 4
    assert [index.structured for index in (N, D, C, E, T)] == [True, True, False, False, False]


def test_what_an_access_depends_on() -> None:
    assert Child(N, here(C)).indices == (N, C)
    assert Child(N, Affine(((J, 1),))).indices == (N, J)
    assert [access.indices for access in (Parent(N), Root(), End(last=True))] == [(N,), (), ()]


def test_only_a_child_by_its_own_index_is_sure_to_be_there() -> None:
    places = [here(C), Affine(((C, 1),), 1), Affine(((C, -1),)), Affine((), 1), here(J), here(E)]
    assert [Child(N, place).sure for place in places] == [True] + [False] * 5


def test_here_is_the_same_point() -> None:
    assert here(T) == Affine(((T, 1),), 0)
    assert here(T) != here(S)
