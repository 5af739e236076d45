"""The interpreter's rule table: total, stable at large values, and right at kinks and under perturbation."""

import numpy as np
import pytest

from rnndsl.graph.errors import GraphError
from rnndsl.graph.interpret import interpret
from rnndsl.graph.meaning import BINARY, INTERPRET, UNARY, absolute, power, relu, sigmoid, softplus, square_root
from rnndsl.graph.node import NEUTRAL, Choice, Draw, Node, Over
from rnndsl.graph.site import Value
from rnndsl.indices import Affine, Child, Parent
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.graph.examples import STRUCTURE, VOCAB, C, D, K, N, Net, T

STEP = 1e-30


def _value(net: Net, number: int, **params: object) -> Value:
    net.output("out", number)
    given = {name: np.asarray(value, dtype=float) for name, value in params.items()}
    return np.asarray(interpret(net.finish(net.builder.const(0)), given, {}, dims={"slots": 4, "vocab": 3})["out"])


def test_every_operator_has_a_meaning() -> None:
    assert set(INTERPRET) == set(Op)
    assert not set(UNARY) & set(BINARY)


@pytest.mark.parametrize("op", sorted(UNARY))
def test_large_values_overflow_nowhere_else_than_in_exp(op: Op) -> None:
    if op in (Op.NOT, Op.LOG, Op.SQRT):
        return
    with np.errstate(all="ignore"):
        found = UNARY[op](np.array([-1e4, -50.0, 0.0, 50.0, 1e4]))
    assert np.isfinite(found).all() or op is Op.EXP


def test_stable_functions() -> None:
    x = np.array([-1e4, -1.0, 0.0, 1.0, 1e4])
    np.testing.assert_allclose(sigmoid(x), [0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1])
    np.testing.assert_allclose(softplus(x), [0, np.log1p(1 / np.e), np.log(2), np.log1p(np.e), 1e4])


def test_kinks_have_no_slope() -> None:
    at_kink = np.array([1j * STEP])
    for function in (relu, absolute, square_root):
        assert function(at_kink) == 0
    assert power(at_kink, np.array([0.5])) == 0


def test_powers() -> None:
    np.testing.assert_array_equal(power(np.array([0.0, -2.0, 2.0]), np.array([1.5, 2.0, -1.0])), [0, 4, 0.5])
    moved = power(np.array([-2.0 + 1j * STEP, 2.0]), np.array([3.0, 3.0 + 1j * STEP]))
    np.testing.assert_allclose(np.imag(moved) / STEP, [12, 8 * np.log(2)])


@pytest.mark.parametrize("offset", [0.0, 1e4, -1e4])
def test_folds_are_stable(offset: float) -> None:
    given = np.array([1.0, 3.0, 3.0, 2.0]) + offset
    for over, shape in ((Over((K,)), ()), (Over(()), (Size.of(4),))):
        folds = {}
        for op in (Op.SOFTMAX, Op.LOGSUMEXP, Op.MAX, Op.FIRST_MAX):
            net = Net("Fold")
            w = net.param("w", *shape, over=over.indices)
            folds[op] = _value(net, net.op(op, w, attr=over), w=given)
        shares = np.exp(given - given.max())
        np.testing.assert_allclose(folds[Op.SOFTMAX], shares / shares.sum())
        assert folds[Op.LOGSUMEXP] == pytest.approx(given.max() + np.log(shares.sum()))
        assert folds[Op.MAX] == given.max()
        np.testing.assert_array_equal(folds[Op.FIRST_MAX], [0, 1, 0, 0])


def test_folds_of_nothing_but_minus_infinity() -> None:
    given = np.full(4, -np.inf)
    net = Net("Fold")
    np.testing.assert_array_equal(
        _value(net, net.op(Op.SOFTMAX, net.param("w", over=(K,)), attr=Over((K,))), w=given), 0
    )
    net = Net("Fold")
    found = _value(net, net.op(Op.LOGSUMEXP, net.param("w", over=(K,)), attr=Over((K,))), w=given)
    assert found == -np.inf


def test_folds_of_nothing() -> None:
    net = Net("Empty")
    net.output("out", net.op(Op.LOGSUMEXP, net.input("x", (T,)), attr=Over((T,))))
    net.output("max", net.op(Op.MAX, net.input("x", (T,)), attr=Over((T,))))
    graph = net.finish(net.builder.const(0))
    found = interpret(graph, {}, {"x": [np.zeros(0)]}, dims={}, outputs=["out"])
    np.testing.assert_array_equal(found["out"], [-np.inf])
    with pytest.raises(ValueError, match="largest of no values"):
        interpret(graph, {}, {"x": [np.zeros(0)]}, dims={}, outputs=["max"])


def test_absent_tokens_are_the_zero_vector() -> None:
    net = Net("Tokens")
    y = net.input("y", (), token=VOCAB)
    w, m = net.param("w", VOCAB), net.param("M", VOCAB, VOCAB)
    found = [
        net.op(Op.PICK, w, y),
        net.op(Op.LOOKUP, m, y, attr=0),
        net.op(Op.LOOKUP, m, y, attr=1),
        net.builder.shaped(Op.ONE_HOT, y, shape=(VOCAB,)),
        net.builder.shaped(Op.PUT, net.param("s"), y, shape=(VOCAB,)),
        net.op(Op.SEEN, y),
        net.op(Op.ADD, net.op(Op.NUMBER, y), net.builder.const(1)),
    ]
    for number, node in enumerate(found):
        net.output(f"out{number}", node)
    graph = net.finish(net.builder.const(0))
    params = {"w": np.arange(3.0), "M": np.arange(9.0).reshape(3, 3), "s": np.asarray(7.0)}
    got = interpret(graph, params, {"y": [np.asarray(2), np.asarray(-1)]}, dims={"vocab": 3})
    expected = [2, [6, 7, 8], [2, 5, 8], [0, 0, 1], [0, 0, 7], True, 3]
    for number, value in enumerate(expected):
        np.testing.assert_array_equal(got[f"out{number}"][0], value)
        np.testing.assert_array_equal(got[f"out{number}"][1], np.zeros_like(value))


def test_a_perturbation_does_not_pass_what_has_no_gradient() -> None:
    given = np.array([0.5 + 1j * STEP, -1.5 + 1j * STEP])
    for op in (Op.STOP, Op.SIGN):
        assert not np.iscomplexobj(UNARY[op](given))
    for op in (Op.MOD, Op.LESS, Op.LESS_EQUAL, Op.EQUAL):
        assert not np.iscomplexobj(BINARY[op](given, given[::-1]))


def test_constants_in_segments() -> None:
    net = Net("Segments")
    found = _value(net, net.op(Op.SEGMENTS, attr=((1.0, VOCAB), (-0.5, Size.of(2)))))
    np.testing.assert_array_equal(found, [1, 1, 1, -0.5, -0.5])


def test_the_number_of_an_absent_token() -> None:
    net = Net("Numbers")
    net.output("out", net.op(Op.NUMBER, net.input("y", (T,), token=VOCAB)))
    found = interpret(net.finish(net.builder.const(0)), {}, {"y": [np.array([2, -1, -7, 0])]}, dims={"vocab": 3})
    np.testing.assert_array_equal(found["out"], [[2, -1, -1, 0]])


def test_the_place_of_the_largest() -> None:
    net = Net("Tops")
    net.output("vector", net.op(Op.TOP, net.param("w", Size.of(4)), attr=Over(())))
    net.output("points", net.op(Op.TOP, net.input("x", (T,)), attr=Over((T,))))
    net.output("same", net.op(Op.TEMPER, net.input("x", (T,)), attr=Over((T,))))
    graph = net.finish(net.builder.const(0))
    rows = [np.array([-2.0, 5.0, 5.0]), np.zeros(0)]
    found = interpret(graph, {"w": np.array([1.0, 3.0, 3.0, 2.0])}, {"x": rows}, dims={})
    assert int(np.asarray(found["vector"])) == 1
    assert [int(place) for place in found["points"]] == [1, -1]
    np.testing.assert_equal(found["same"], rows)


@pytest.mark.parametrize(("kind", "neutral"), sorted(NEUTRAL.items()))
def test_random_numbers_are_given_or_neutral(kind: str, neutral: float) -> None:
    net = Net("Random")
    attr = Draw("y.draw", kind)
    net.output("out", net.builder.add(Node(Op.RANDOM, (), (T,), (Size.of(2),), batch=True, attr=attr)))
    graph = net.finish(net.builder.const(0))
    given = [np.array([[0.25, 0.5]]), np.array([[0.75, 0.0]])]
    np.testing.assert_equal(interpret(graph, {}, {"y.draw": given}, dims={}, lengths={"t": [1, 1]})["out"], given)
    np.testing.assert_equal(interpret(graph, {}, {}, dims={}, lengths={"t": [1]})["out"], [np.full((1, 2), neutral)])


def test_an_option_of_the_call() -> None:
    net = Net("Option")
    net.output("out", net.op(Op.OPTION, attr="mix"))
    graph = net.finish(net.builder.const(0))
    assert interpret(graph, {}, {}, dims={})["out"] == 0
    assert interpret(graph, {}, {"option mix": [np.asarray(0.25)]}, dims={})["out"] == 0.25


def test_a_beam_has_no_value() -> None:
    net = Net("Beam")
    chosen = net.op(Op.BEAM, net.param("w", VOCAB), net.input("y", (), token=VOCAB), attr=Choice((), K))
    net.output("out", chosen)
    graph = net.finish(net.builder.const(0))
    with pytest.raises(GraphError, match="a beam is a search"):
        interpret(graph, {"w": np.zeros(3)}, {"y": [np.asarray(1)]}, dims={"vocab": 3, "slots": 2}, outputs=["out"])


def test_missing_children_and_parents() -> None:
    net = Net("Missing")
    net.output("first", net.op(Op.MISSING, attr=Child(N, Affine((), 1))))
    net.output("third", net.op(Op.MISSING, attr=Child(N, Affine((), 3))))
    net.output("next", net.op(Op.MISSING, attr=Child(N, Affine(((C, 1),), 1))))
    net.output("parent", net.op(Op.MISSING, attr=Parent(N)))
    net.output("unused", net.op(Op.MISSING, attr=Parent(D)))
    found = interpret(net.finish(net.builder.const(0)), {}, {}, dims={}, structure=STRUCTURE)
    assert [list(map(bool, found[name][0])) for name in ("first", "third", "next", "parent", "unused")] == [
        [False, False, True, True, True],
        [True, False, True, True, True],
        [True, False, False, True],
        [False, True, False, False, False],
        [True, False, False, False],
    ]


def test_numbers_of_nodes_and_children() -> None:
    net = Net("Counts")
    for name, op, index in (
        ("nodes", Op.LENGTH, N),
        ("children", Op.LENGTH, C),
        ("node", Op.IOTA, N),
        ("place", Op.IOTA, C),
    ):
        net.output(name, net.op(op, attr=index))
    found = interpret(net.finish(net.builder.const(0)), {}, {}, dims={}, structure=STRUCTURE)
    assert [np.asarray(found[name][0]).tolist() for name in ("nodes", "children", "node", "place")] == [
        5,
        [1, 3, 0, 0, 0],
        [1, 2, 3, 4, 5],
        [1, 1, 2, 3],
    ]
