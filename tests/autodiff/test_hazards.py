"""Poles in branches that are not taken, absent targets, and the kinks that the language defines."""

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.autodiff.hazards import hazards
from rnndsl.graph.interpret import interpret
from rnndsl.indices import Child, here
from rnndsl.ops import Op
from tests.autodiff.complex_step import Array, check_gradients
from tests.graph.examples import DIMS, HIDDEN, C, N, Net, T, shift

Branch = Callable[[Net, int], int]

BRANCHES: dict[str, Branch] = {
    "entropy": lambda net, x: net.mul(x, net.op(Op.LOG, x)),
    "quotient": lambda net, x: net.op(Op.DIV, net.op(Op.SIN, x), x),
    "root": lambda net, x: net.op(Op.SQRT, x),
    "root of a root": lambda net, x: net.mul(net.op(Op.SQRT, net.op(Op.SQRT, x)), net.op(Op.SQRT, x)),
    "power": lambda net, x: net.op(Op.POW, x, net.builder.const(-1.5)),
    "power of a power": lambda net, x: net.op(Op.POW, x, net.op(Op.LOG, x)),
    "overflow": lambda net, x: net.mul(net.op(Op.EXP, net.op(Op.DIV, net.builder.const(-1), x)), net.op(Op.EXP, x)),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_a_pole_in_a_branch_that_is_not_taken_does_no_harm(name: str) -> None:
    net = Net("Pole")
    x = net.input("x", (T,))
    value = BRANCHES[name](net, net.mul(x, net.param("w")))
    good = net.op(Op.LESS, net.builder.const(0), x)
    graph = net.finish(net.total(net.op(Op.WHERE, good, value, x)))
    params: dict[str, Array] = {"w": np.asarray(0.8)}
    data = {"x": [np.array([0.0, 0.5, -0.001, 2.0]), np.array([0.0])]}
    check_gradients(graph, lengths={"t": (4, 1)}, feed=(params, data))


def test_a_product_with_a_vector_of_poles() -> None:
    net = Net("Vector")
    x, w = net.input("x", (T,), HIDDEN), net.param("W", HIDDEN, HIDDEN)
    value = net.dot(net.matvec(w, net.op(Op.LOG, x)), net.op(Op.LOG, x))
    good = net.op(Op.LESS, net.builder.const(0), net.sum(x))
    graph = net.finish(net.total(net.op(Op.WHERE, good, value, net.builder.const(1))))
    params: dict[str, Array] = {"W": np.random.default_rng(0).normal(size=(3, 3))}
    data = {"x": [np.array([[0.0, 0.0, 0.0], [0.5, 1.0, 2.0]]), np.array([[-1.0, 0.0, 0.0]])]}
    check_gradients(graph, lengths={"t": (2, 1)}, feed=(params, data))


def test_an_absent_target_has_no_gradient() -> None:
    net = Net("Absent")
    y, x = net.input("y", (T,), role="target"), net.input("x", (T,))
    off = net.op(Op.DIV, net.op(Op.SUB, y, net.mul(x, net.param("w"))), net.op(Op.EXP, net.param("s")))
    term = net.op(Op.WHERE, net.op(Op.SEEN, y), net.mul(off, off), net.builder.const(0))
    graph = net.finish(net.total(term))
    params: dict[str, Array] = {"w": np.asarray(0.8), "s": np.asarray(0.1)}
    data = {"y": [np.array([np.nan, 1.0]), np.array([np.nan])], "x": [np.array([1.0, 2.0]), np.array([3.0])]}
    found = interpret(differentiate(graph), params, data, dims=DIMS)
    error = (1.0 - 1.6) / np.exp(0.1)
    assert float(cast("Array", found["d loss/d w"])) == pytest.approx(2 * error * -2.0 / np.exp(0.1))
    assert float(cast("Array", found["d loss/d s"])) == pytest.approx(-2 * error * error)
    assert cast("list[Array]", found["d loss/d x"])[0][0] == 0


def test_what_is_needed_at_other_points_is_trusted() -> None:
    net = Net("State")
    x = net.input("x", (T,))
    h = net.equation("h", (T,))
    net.define("h", net.op(Op.DIV, x, net.add(net.read(h, shift(T, -1)), net.builder.const(2))))
    ratio = net.op(Op.DIV, h, x)
    good = net.op(Op.LESS, net.builder.const(0), x)
    graph = net.finish(net.total(net.op(Op.WHERE, good, net.mul(ratio, net.param("w")), h)))
    found = hazards(graph, set(graph.nodes))
    divisions = [number for number, node in graph.nodes.items() if node.op is Op.DIV]
    assert [number in found for number in divisions] == [False, True]
    assert all(graph.nodes[number].op in (Op.DIV, Op.MUL) for number in found)


def test_what_parents_sum_for_their_children_is_trusted() -> None:
    """A sum over parents is a use of its own, like a read, though it stands in a branch itself."""
    net = Net("Uses")
    edges = net.op(Op.LOG, net.input("x", (N, C)))
    used = net.op(Op.USES, edges, attr=Child(N, here(C)))
    chosen = net.op(Op.WHERE, net.op(Op.LESS, net.builder.const(0), net.input("z", (N,))), used, net.builder.const(0))
    graph = net.finish(net.total(chosen))
    (log,) = [number for number, node in graph.nodes.items() if node.op is Op.LOG]
    assert log not in hazards(graph, graph.nodes)


def test_what_was_chosen_to_be_harmless_needs_no_further_guard() -> None:
    net = Net("Guarded")
    x, one, w = net.input("x", (T,)), net.builder.const(1), net.param("w")
    good = net.op(Op.LESS, net.builder.const(0), x)
    safe = net.op(Op.WHERE, good, x, one)
    parts = [
        net.op(Op.DIV, w, safe),
        net.op(Op.DIV, w, net.builder.const(3)),
        net.op(Op.LOG, safe),
        net.op(Op.POW, x, net.builder.const(2)),
        net.op(Op.EXP, net.op(Op.MINIMUM, x, one)),
        net.mul(safe, w),
    ]
    graph = net.finish(net.total(net.op(Op.WHERE, good, net.add(*parts), w)))
    assert hazards(graph, set(graph.nodes)) == frozenset()


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [(Op.RELU, 0.0, 0.0), (Op.ABS, 0.0, 0.0), (Op.SQRT, 0.0, 0.0), (Op.ABS, -2.0, -1.0), (Op.SQRT, 4.0, 0.25)],
)
def test_kinks(op: Op, value: float, expected: float) -> None:
    net = Net("Kink")
    graph = net.finish(net.total(net.op(op, net.param("w"))))
    found = interpret(differentiate(graph), {"w": np.asarray(value)}, {}, dims=DIMS)
    assert float(cast("Array", found["d loss/d w"])) == expected


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("constant", [True, False])
def test_zero_to_a_power(exponent: float, *, constant: bool) -> None:
    net = Net("Power")
    by = net.builder.const(exponent) if constant else net.param("g")
    graph = net.finish(net.total(net.op(Op.POW, net.param("w"), by)))
    params: dict[str, Array] = {"w": np.asarray(0.0), "g": np.asarray(exponent)}
    found = interpret(differentiate(graph), params, {}, dims=DIMS)
    expected = 1.0 if constant and exponent == 1 else 0.0  # w ^ 1 is w
    assert float(cast("Array", found["d loss/d w"])) == expected
    if not constant:
        assert float(cast("Array", found["d loss/d g"])) == 0


def test_the_first_of_equals_has_the_gradient() -> None:
    for op in (Op.MINIMUM, Op.MAXIMUM):
        net = Net("Equal")
        names = ("a", "b", "c")
        graph = net.finish(net.total(net.op(op, *(net.param(name) for name in names))))
        params: dict[str, Array] = {name: np.asarray(1.0) for name in names}
        found = interpret(differentiate(graph), params, {}, dims=DIMS)
        assert [float(cast("Array", found[f"d loss/d {name}"])) for name in names] == [1, 0, 0]
