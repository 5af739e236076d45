"""Composing accesses."""

import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.graph.lower_state import compose, refuse
from rnndsl.indices import Access, Affine, Child, End, Index, Kind, Parent, Root, here
from rnndsl.sizes import Size

T = Index("t", Kind.SEQUENCE, 0)
M = Index("m", Kind.RANGE, 1, Size.of(1), Size.of(4), cyclic=True)
J = Index("j", Kind.RANGE, 2, Size.of(-1), Size.of(1))
N = Index("n", Kind.TREE, 3)
C = Index("c", Kind.CHILDREN, 4, of=N)

CASES: tuple[tuple[Access, dict[Index, Access], Access | None], ...] = (
    (here(T), {}, here(T)),
    (Affine(((T, 1),), -1), {T: Affine(((T, 1),), -2)}, Affine(((T, 1),), -3)),
    (Affine(((M, 1), (J, -1))), {M: Affine(((M, 1),), -1)}, Affine(((M, 1), (J, -1)), -1)),
    (Affine(((M, 1), (J, -1))), {M: Affine(((J, 1),))}, Affine(())),
    (Affine(((M, 1), (J, -1))), {M: Affine(((J, -1),))}, None),
    (here(T), {T: End(last=True)}, End(last=True)),
    (Affine(((T, 1),), -1), {T: End(last=True)}, None),
    (Affine((), 2), {T: End(last=True)}, Affine((), 2)),
    (End(last=False), {T: here(M)}, End(last=False)),
    (Child(N, here(C)), {T: here(M)}, Child(N, here(C))),
    (Child(N, Affine(((J, 1),), 1)), {J: Affine((), 2)}, Child(N, Affine((), 3))),
    (Child(N, here(J)), {J: End(last=True)}, None),
    (Child(N, here(C)), {N: Child(N, Affine((), 1))}, None),
    (Parent(N), {}, Parent(N)),
    (Parent(N), {N: Parent(N)}, None),
    (here(N), {N: Parent(N)}, Parent(N)),
    (here(N), {N: Child(N, here(C))}, Child(N, here(C))),
    (Root(), {N: Parent(N)}, Root()),
)


@pytest.mark.parametrize(("access", "at", "expected"), CASES)
def test_compose(access: Access, at: dict[Index, Access], expected: Access | None) -> None:
    assert compose(access, at) == expected


def test_refuse_carries_the_way_out() -> None:
    (diagnostic,) = refuse("RNN305", "no", NOWHERE, "do this").diagnostics
    assert (diagnostic.code, diagnostic.message, diagnostic.help) == ("RNN305", "no", "do this")
