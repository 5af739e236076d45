"""Functions: what they bind first, what they read, and what they return."""

import ast

import numpy as np
import pytest

import rnndsl
from rnndsl.runtime.allow import BUILTINS
from tests.codegen.emitting import text_of
from tests.codegen.programs import PROGRAMS, body, case_of, compile_small

X, Y = "input x[t] : n", "target y[t] : n"


def forward(*lines: str) -> str:
    """Return the text of `forward`."""
    return body(compile_small(text_of(*lines)).source, "forward")


def test_nothing_unused_is_bound_at_the_start() -> None:
    for name in ("Delays", "Outputs", "NoSequence", "Frozen", "Library", "TwoSequencesTwoLosses"):
        tree = ast.parse(compile_small(PROGRAMS[name]).source)
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and function.name in {"forward", "loss_and_grad"}:
                names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
                stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
                loaded = {node.id for node in names if isinstance(node.ctx, ast.Load)}
                assert {n for n in stored - loaded if not n.startswith(("place", "rows"))} == set(), name


def test_every_name_that_is_used_is_bound() -> None:
    for name in list(PROGRAMS)[::8]:
        source = compile_small(PROGRAMS[name]).source
        tree = ast.parse(source)
        outside = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        outside |= {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.col_offset == 0
        }
        known = outside | BUILTINS | {"np"}
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and function.name in {"forward", "loss_and_grad"}:
                nodes = list(ast.walk(function))
                bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
                bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
                used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
                assert used - bound - known == set(), name


def test_dimensions_are_read_off_the_parameters() -> None:
    assert 'n = params["W"].shape[1]' in forward(X, "param W : m, n", "output z[t] = W @ x[t] * n")


def test_targets_are_read_only_where_there_is_something_to_score() -> None:
    program = compile_small(text_of(X, Y, "param W", "y[t] ~ normal(W @ x[t])"))
    case = case_of(program)
    without = program.run(case.params, {"x": case.data["x"]})
    assert set(without) == {"y.mean", "y.sd"}
    assert (without["y.mean"] == program.run(case.params, case.data)["y.mean"]).all()


def test_indices_stand_as_the_output_declares_them() -> None:
    program = compile_small(
        text_of(X, "param W[i] : n, n", "output f[t, i] = W[i] @ x[t]", "output g[i, t] = W[i] @ x[t]")
    )
    case = case_of(program)
    out = program.run(case.params, case.data)
    k, n = program.dims["k"], program.dims["n"]
    assert out["f"].shape == (3, 4, k, n)
    assert (out["g"] == out["f"].swapaxes(1, 2)).all()


def test_results_without_a_batch_are_repeated_for_every_example() -> None:
    program = compile_small(text_of(X, "param b", "output five = 5", "output c[t] = b + 0 * x[t]", "output b2 = 2 * b"))
    case = case_of(program)
    out = program.run(case.params, case.data)
    assert out["five"].tolist() == [5, 5, 5]
    assert out["b2"].shape == (3, program.dims["n"])
    assert (out["b2"] == 2 * case.params["b"]).all()


@pytest.mark.parametrize("name", ["Delays", "StartSymbol", "Window", "FastWeights"])
def test_a_carry_holds_what_was_read_before(name: str) -> None:
    program = compile_small(PROGRAMS[name])
    case = case_of(program)
    _, carry = program.run(case.params, case.data, lengths=case.lengths, carry={})
    assert carry["t"].tolist() == case.lengths["t"]
    for key, array in carry.items():
        assert key == "t" or key in {*program.inputs, *program.graph.equations}, key
        assert array.shape[0] == 3


def test_targets_that_are_read_later_need_not_be_given() -> None:
    spec = text_of("target y[t] : n", "param W, V : n, n", "g[t] : n = tanh(W @ y[t-1])", "y[t] ~ normal(V @ g[t+2])")
    program = rnndsl.compile(spec, dims={"n": 2}, dtype="float64", modes=["sample"])
    params = program.init(0)
    drawn = program.sample(params, lengths={"t": [5]}, seed=1)["y"]
    given = program.sample(params, {"y": np.full((1, 5, 2), np.nan)}, seed=1)["y"]
    np.testing.assert_array_equal(drawn, given)
    assert np.isfinite(drawn).all()
