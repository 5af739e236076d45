"""Elementwise statements, run: every operator means what the interpreter says, in place too."""

from itertools import product

import numpy as np
import pytest

from rnndsl.codegen import prelude
from rnndsl.codegen.elementwise import HELPERS, STATEMENTS
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import DType, Op
from tests.codegen.emitting import statements, stepwise, using
from tests.graph.examples import HIDDEN, INDICES, Net

OTHERS = {Op.ADD, Op.SEEN, Op.ACTIVATE}  # with emitters of their own
CONDITIONS = {Op.AND, Op.OR, Op.NOT}
VALUES = np.array([-2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0])


def operands(op: Op) -> list[np.ndarray]:
    """Return every combination of some numbers (or conditions) as operands."""
    count = {1: 1, 2: 2, 3: 3}[max(text.count("{") for text in (" ".join(STATEMENTS[op]),)) and places(op)]
    given = np.array([False, True]) if op in CONDITIONS else VALUES
    columns = [np.array(column) for column in zip(*product(given, repeat=count), strict=True)]
    if op is Op.POW:
        columns[0] = np.abs(columns[0])
        columns[1] = np.where(columns[0] == 0, np.abs(columns[1]), columns[1])
    if op is Op.WHERE:
        columns[0] = columns[0] > 0
    if op is Op.NUMBER:  # of tokens
        columns[0] = np.trunc(columns[0])
    if op in {Op.LOG, Op.SQRT}:
        columns = [np.abs(column) + 0.25 for column in columns]
    if op in {Op.DIV, Op.MOD}:
        columns[1] = np.where(columns[1] == 0, 2.0, columns[1])
    return columns


def places(op: Op) -> int:
    """Return how many operands the statements of an operator have."""
    return max(k + 1 for k in range(3) if any(f"{{{k}}}" in text for text in STATEMENTS[op]))


def meaning(op: Op, columns: list[np.ndarray]) -> np.ndarray:
    """Return what the interpreter says of an operator on columns of numbers."""
    net = Net("One")
    inputs = [net.input(name, ()) for name in "abc"[: len(columns)]]
    if op in CONDITIONS:
        inputs = [net.op(Op.LESS, net.builder.const(0), number) for number in inputs]
    elif op is Op.WHERE:
        inputs[0] = net.op(Op.LESS, net.builder.const(0), inputs[0])
    value = net.builder.broadcast(inputs[0], (), (HIDDEN,), batch=True) if op is Op.BROADCAST else net.op(op, *inputs)
    if op is Op.BROADCAST:
        value = inputs[0]
    if net.builder.nodes[value].dtype is DType.BOOL:
        value = net.op(Op.WHERE, value, net.builder.const(1), net.builder.const(0))
    net.output("z", value)
    graph: RecurrenceGraph = net.finish(net.builder.const(0))
    assert graph.indices == INDICES
    data = {name: [np.asarray(float(x)) for x in column] for name, column in zip("abc", columns, strict=False)}
    return np.array(interpret(graph, {}, data, dims={"hidden": 1}, outputs=["z"])["z"], dtype=float)


def run(op: Op, columns: list[np.ndarray], out: np.ndarray) -> None:
    names = dict(zip("abc", columns, strict=False))
    for text in STATEMENTS[op]:
        line = text.format(*names, o="out")
        exec(line, {"xp": np, **{h: getattr(prelude, h) for h in HELPERS.values()}, **names, "out": out})  # noqa: S102


def test_every_elementwise_operator_has_statements() -> None:
    assert set(STATEMENTS) == (ELEMENTWISE | {Op.BROADCAST}) - OTHERS


@pytest.mark.parametrize("op", STATEMENTS)
def test_statements_mean_the_operator(op: Op) -> None:
    columns = operands(op)
    kind = bool if op in CONDITIONS | {Op.LESS, Op.LESS_EQUAL, Op.EQUAL} else float
    out = np.empty(len(columns[0]), kind)
    run(op, columns, out)
    expected = meaning(op, columns)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("op", [op for op in STATEMENTS if op not in {Op.LESS, Op.LESS_EQUAL, Op.EQUAL}])
def test_statements_work_in_place(op: Op) -> None:
    """A value may be computed into the buffer of any operand (of WHERE: of what is taken where it is false)."""
    columns = operands(op)
    expected = meaning(op, columns)
    for place in [2] if op is Op.WHERE else range(len(columns)):
        given = [column.copy() for column in columns]
        run(op, given, given[place])
        np.testing.assert_allclose(given[place], expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 16])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_statements_work_on_columns_of_matrices(dtype: str, width: int) -> None:
    """What a loop over a range computes is a column; np.negative of NumPy 2.4.6 with AVX-512 cannot do that."""
    for op in STATEMENTS:
        given = [column if column.dtype == bool else column.astype(dtype) for column in operands(op)]
        kind = np.dtype(bool if op in CONDITIONS | {Op.LESS, Op.LESS_EQUAL, Op.EQUAL} else dtype)
        expected, out = np.empty(len(given[0]), kind), np.full((len(given[0]), width), 7).astype(kind)
        run(op, given, expected)
        wide = [np.repeat(column[:, None], width, axis=1) for column in given]
        run(op, [column[:, width // 2] for column in wide], out[:, width // 2])
        np.testing.assert_allclose(out[:, width // 2], expected, rtol=1e-6, err_msg=op)
        assert (np.delete(out, width // 2, axis=1) == np.full(1, 7).astype(kind)).all(), op


def test_sums_are_added_up_in_one_buffer() -> None:
    lines = statements("input x[t], y[t], z[t] : n", "output q[t] = x[t] + y[t] + z[t] + x[t] * y[t]")
    assert len({line.split("out=")[1] for line in using(lines, "np.add")}) == 1


def test_absent_numbers_and_tokens_are_seen_as_such() -> None:
    lines = statements(
        "input x[t] : n", "target y[t] : n", "target w[t] : token(words)", "param V",
        "y[t] ~ normal(x[t])", "w[t] ~ categorical(V @ x[t])",
    )  # fmt: skip
    assert "np.equal(y, y, out=y_seen)" in lines
    assert "np.greater_equal(w, 0, out=w_seen)" in lines


def test_gates_take_one_hyperbolic_tangent() -> None:
    lines = statements(
        "input x[t] : n", "param W_{f,e,g}, U_{f,e,g}",
        "f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1])", "e[t] = sigmoid(W_e @ x[t] + U_e @ h[t-1])",
        "g[t] = tanh(W_g @ x[t] + U_g @ h[t-1])", "h[t] : n = f[t] * h[t-1] + e[t] * g[t]", "output h[t]",
    )  # fmt: skip
    assert len(using(lines, "np.tanh")) <= 2
    assert using(lines, "np.exp") == []
    outside = [line for line in lines if line.startswith("multiply_all(")]
    assert len(using(lines, "np.matmul")) + len(outside) + len(stepwise(lines)) == 2


def test_no_overflow_in_saturated_gates() -> None:
    out = np.empty(3)
    with np.errstate(all="raise"):
        run(Op.SIGMOID, [np.array([-1e3, 0.0, 1e3])], out)
    assert out.tolist() == [0, 0.5, 1]
