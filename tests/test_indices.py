"""Index sets, their order, and how accesses to them are printed."""

import pytest

from rnndsl.indices import Affine, End, Index, Kind, here, ordered
from rnndsl.sizes import Size

T, S = Index("t", Kind.SEQUENCE, 3), Index("s", Kind.SEQUENCE, 1)
M = Index("m", Kind.RANGE, 0, high=Size.of("slots"), cyclic=True)
J = Index("j", Kind.RANGE, 2, low=Size.of(-1), high=Size.of(1))


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
    ],
)
def test_printed_as_in_the_language(access: Affine | End, text: str) -> None:
    assert str(access) == text


def test_here_is_the_same_point() -> None:
    assert here(T) == Affine(((T, 1),), 0)
    assert here(T) != here(S)
