"""What operators give: shapes, kinds, domains; against the values that the interpreter makes."""

from collections.abc import Callable

import pytest

from rnndsl.graph.node import Attr, Choice, Node, Over, ReadAt
from rnndsl.graph.signatures import (
    COMPARISONS,
    ELEMENTWISE,
    NARY,
    RESULT,
    SHAPED,
    SOURCES,
    UNARY,
    common_shape,
    domain_and_batch,
    read_domain,
)
from rnndsl.indices import Affine, Child, Domain, End, Parent, Root, here
from rnndsl.ops import DType, Op
from rnndsl.sizes import Shape, Size
from tests.graph.examples import HIDDEN, VOCAB, C, J, K, N, S, T


def value(*shape: Size, over: Domain = (), batch: bool = False, dtype: DType = DType.REAL) -> Node:
    return Node(Op.VAR, (), over, shape, batch, dtype)


SCALAR, VECTOR, MATRIX = value(), value(HIDDEN), value(HIDDEN, VOCAB)
TOKEN, TRUTH = value(dtype=DType.INT), value(dtype=DType.BOOL)


def test_every_operator_has_one_rule() -> None:
    assert set(RESULT) | SHAPED == set(Op)
    assert not set(RESULT) & SHAPED
    assert not UNARY & NARY
    assert not (UNARY | NARY) & COMPARISONS
    assert SOURCES.isdisjoint(ELEMENTWISE)


@pytest.mark.parametrize(
    ("op", "operands", "attr", "shape", "dtype"),
    [
        (Op.CONST, (), 1.0, (), DType.REAL),
        (Op.FRESH, (), T, (), DType.BOOL),
        (Op.SEGMENTS, (), ((1.0, HIDDEN), (0.0, VOCAB)), (HIDDEN + VOCAB,), DType.REAL),
        (Op.ADD, (SCALAR, VECTOR, SCALAR), None, (HIDDEN,), DType.REAL),
        (Op.TANH, (MATRIX,), None, (HIDDEN, VOCAB), DType.REAL),
        (Op.LESS, (VECTOR, SCALAR), None, (HIDDEN,), DType.BOOL),
        (Op.SEEN, (TOKEN,), None, (), DType.BOOL),
        (Op.WHERE, (TRUTH, VECTOR, SCALAR), None, (HIDDEN,), DType.REAL),
        (Op.WHERE, (TRUTH, TOKEN, TOKEN), None, (), DType.INT),
        (Op.READ, (TOKEN,), ReadAt(((T, Affine(((T, 1),), -1)),)), (), DType.INT),
        (Op.SOFTMAX, (VECTOR,), Over(()), (HIDDEN,), DType.REAL),
        (Op.LOGSUMEXP, (VECTOR,), Over(()), (), DType.REAL),
        (Op.MAX, (VECTOR,), Over((T,)), (HIDDEN,), DType.REAL),
        (Op.CONCAT, (VECTOR, value(VOCAB)), None, (HIDDEN + VOCAB,), DType.REAL),
        (Op.CONCAT, (MATRIX, MATRIX), None, (HIDDEN * 2, VOCAB), DType.REAL),
        (Op.STACK, (VECTOR,), J, (Size.of(3), HIDDEN), DType.REAL),
        (Op.UNSTACK, (MATRIX,), K, (VOCAB,), DType.REAL),
        (Op.LOOKUP, (MATRIX, TOKEN), 1, (HIDDEN,), DType.REAL),
        (Op.LOOKUP, (MATRIX, TOKEN), 0, (VOCAB,), DType.REAL),
        (Op.PICK, (VECTOR, TOKEN), None, (), DType.REAL),
        (Op.NUMBER, (TOKEN,), None, (), DType.REAL),
        (Op.MISSING, (), Parent(N), (), DType.BOOL),
        (Op.OPTION, (), "mix", (), DType.REAL),
        (Op.TEMPER, (VECTOR,), Over(()), (HIDDEN,), DType.REAL),
        (Op.TOP, (VECTOR,), Over(()), (), DType.INT),
        (Op.BEAM, (VECTOR, TOKEN), Choice((), K), (), DType.INT),
        (Op.USES, (VECTOR,), Child(N, here(C)), (HIDDEN,), DType.REAL),
    ],
)
def test_results(op: Op, operands: tuple[Node, ...], attr: Attr, shape: Shape, dtype: DType) -> None:
    assert RESULT[op](operands, attr) == (shape, dtype)


def test_shapes_that_differ_are_refused() -> None:
    assert common_shape([SCALAR, SCALAR]) == ()
    with pytest.raises(ValueError, match=r"hidden.*vocab"):
        common_shape([VECTOR, value(VOCAB)])


@pytest.mark.parametrize(("op", "attr"), [(Op.STACK, None), (Op.SEGMENTS, 3)])
def test_attributes_of_another_kind_are_refused(op: Op, attr: Attr) -> None:
    with pytest.raises(TypeError, match=op.name):
        RESULT[op]((VECTOR,), attr)


BACK = ReadAt(((T, Affine(((T, 1),), -1)),))
LAST = ReadAt(((T, End(last=True)),))
WINDOW = ReadAt(((T, Affine(((T, 1), (J, 1)))),))
DATA: Callable[..., Node] = lambda *over: value(over=over, batch=True)  # noqa: E731 - a short name in a table


@pytest.mark.parametrize(
    ("op", "operands", "attr", "domain", "batch"),
    [
        (Op.ADD, (DATA(T), DATA(S), VECTOR), None, (T, S), True),
        (Op.MUL, (VECTOR, VECTOR), None, (), False),
        (Op.BEAM, (DATA(T), DATA(T)), Choice((), K), (T, K), True),
        (Op.BEAM, (DATA(T, S, K), DATA(T)), Choice((S,), K), (T, K), True),
        (Op.IOTA, (), T, (T,), True),
        (Op.IOTA, (), K, (K,), False),
        (Op.LENGTH, (), T, (), True),
        (Op.IOTA, (), C, (N, C), True),
        (Op.LENGTH, (), N, (), True),
        (Op.LENGTH, (), C, (N,), True),
        (Op.MISSING, (), Child(N, Affine(((J, 1),))), (N, J), True),
        (Op.MISSING, (), Parent(N), (N,), True),
        (Op.USES, (DATA(N, C, K),), Child(N, here(C)), (N, K), True),
        (Op.USES, (DATA(N, J),), Child(N, here(J)), (N,), True),
        (Op.USES, (VECTOR,), Child(N, Affine((), 2)), (N,), True),
        (Op.READ, (DATA(N, K),), ReadAt(((N, Child(N, here(C))),)), (N, C, K), True),
        (Op.READ, (DATA(T, N),), ReadAt(((N, Parent(N)),)), (T, N), True),
        (Op.READ, (DATA(N),), ReadAt(((N, Root()),)), (), True),
        (Op.SOFTMAX, (DATA(N),), Over((C,)), (N, C), True),
        (Op.LOGSUMEXP, (DATA(N, C),), Over((C,)), (N,), True),
        (Op.MAX, (DATA(N, C),), Over((N, C)), (), True),
        (Op.READ, (DATA(T),), BACK, (T,), True),
        (Op.READ, (DATA(T, S),), LAST, (S,), True),
        (Op.READ, (DATA(T),), WINDOW, (T, J), True),
        (Op.READ, (VECTOR,), BACK, (T,), True),  # outside there is zero: it varies over t all the same
        (Op.READ, (VECTOR,), LAST, (), True),  # of an empty sequence there is no last point
        (Op.READ, (DATA(T), DATA(S)), BACK, (T, S), True),
        (Op.READ, (value(over=(K,)),), ReadAt(((K, Affine((), 2)),)), (), False),
        (Op.LOGSUMEXP, (DATA(T, S),), Over((S,)), (T,), True),
        (Op.TOP, (DATA(T, S),), Over((S,)), (T,), True),
        (Op.TEMPER, (DATA(T),), Over((S,)), (T, S), True),
        (Op.OPTION, (), "mix", (), False),
        (Op.SOFTMAX, (DATA(T),), Over((S,)), (T, S), True),
        (Op.STACK, (value(over=(J, K)),), J, (K,), False),
        (Op.UNSTACK, (DATA(T),), K, (T, K), True),
    ],
)
def test_domains(op: Op, operands: tuple[Node, ...], attr: Attr, domain: Domain, batch: bool) -> None:  # noqa: FBT001
    assert domain_and_batch(op, operands, attr) == (domain, batch)


def test_a_read_varies_over_what_its_accesses_name() -> None:
    assert read_domain(DATA(T, S), WINDOW) == (T, S, J)
    assert read_domain(DATA(T, S), LAST) == (S,)
    assert read_domain(DATA(T, K), ReadAt(((K, Affine(((J, 1),))),))) == (T, J)
