"""Solving affine maps of indices."""

from collections.abc import Mapping

import pytest

from rnndsl.autodiff.inverse import Expression, consumer, point, solve, suits
from rnndsl.graph.errors import GraphError
from rnndsl.indices import Affine, Domain, Index
from tests.graph.examples import C, J, K, M, N, S, T


def affine(*terms: tuple[Index, int], offset: int = 0) -> Affine:
    return Affine(terms, offset)


MAPS: list[tuple[Domain, Mapping[Index, Affine], dict[str, str]]] = [
    ((), {T: affine((T, 1), offset=-1)}, {"t": "t+1"}),
    ((), {T: affine((T, 1), offset=3)}, {"t": "t-3"}),
    ((T,), {M: affine((M, 1), (J, -1))}, {"t": "t", "m": "m+j"}),
    ((), {K: affine((K, -1), offset=5)}, {"k": "-k+5"}),
    ((), {K: affine((J, 1))}, {"j": "k"}),
    ((), {K: affine((J, -1), offset=2)}, {"j": "-k+2"}),
    ((), {T: affine((S, 1)), S: affine((T, 1))}, {"s": "t", "t": "s"}),
    ((), {K: affine((K, 1), (J, 1)), T: affine((T, 1), (J, -1), offset=1)}, {"k": "k-j", "t": "t+j-1"}),
    ((), {K: affine((K, 1), (J, 1)), S: affine((J, 1))}, {"k": "-s+k", "j": "s"}),
]


@pytest.mark.parametrize(("kept", "at", "expected"), MAPS)
def test_solutions(kept: Domain, at: Mapping[Index, Affine], expected: dict[str, str]) -> None:
    inverse = solve(kept, at)
    assert {index.name: str(access) for index, access in inverse.at.items()} == expected
    assert inverse.equal == []


def test_what_has_no_index_of_its_own_is_an_equation() -> None:
    inverse = solve((K,), {J: affine((K, 1), offset=-2)})
    assert inverse.equal == [(J, Expression({(False, K): 1}, -2))]
    assert solve((), {K: Affine((), 2)}).equal == [(K, Expression({}, 2))]


def test_rings_are_solved_for_rings_only() -> None:
    assert suits(M, M, affine((M, 1), (J, -1)))
    assert not suits(M, J, affine((J, 1)))
    assert not suits(K, M, affine((M, 1), offset=1))
    assert not suits(M, K, affine((K, 1), offset=1))
    assert suits(T, S, affine((S, 1), offset=1))
    assert solve((), {M: affine((J, 1))}).equal == [(M, consumer(J))]


def test_nodes_and_their_children_are_never_solved_for() -> None:
    for index in (N, C):
        assert not suits(K, index, affine((index, 1)))
        assert solve((), {K: affine((index, 1))}).equal == [(K, consumer(index))]


def test_expressions() -> None:
    value = consumer(T).plus(point(T), -2).plus(Expression({}, 3))
    assert value.consumers() == (T,)
    assert value.plus(value, -1) == Expression({}, 0)
    assert value.substitute((True, T), point(T)) == Expression({(False, T): -1}, 3)
    for wrong in (value, consumer(T).plus(consumer(T)), consumer(T).plus(point(T))):
        with pytest.raises(GraphError, match="no inverse"):
            wrong.affine()
