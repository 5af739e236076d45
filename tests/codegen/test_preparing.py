"""What parameters alone make is made apart, and nothing else is."""

import re
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.codegen.preparing import results, returned, unpacked, words
from tests.codegen.emitting import stepwise, text_of
from tests.codegen.programs import body, compile_small
from tests.codegen.test_module import ELMAN

X = "input x[t] : n"
GATES = (X, "param W, U, Z, R : n, n", "param b, c : n", "f[t] = sigmoid(W @ x[t] + U @ h[t-1] + b)")
CELL = (*GATES, "h[t] : n = f[t] * tanh(Z @ x[t] + R @ h[t-1] + c)", "output h[t]")


def parts(source: str, function: str) -> tuple[str, str]:
    """Return the text of what prepares parameters for a function, "" without it, and of the function itself."""
    *before, own = re.split(rf"(?m)^(?=def {function}\()", body(source, function))
    return "".join(before), own


def test_stacked_and_transposed_matrices_are_made_apart() -> None:
    before, own = parts(compile_small(text_of(*CELL)).source, "forward")
    assert before.count("np.concatenate") == 3, "W with Z, U with R, b with c"
    assert "    transpose(" in before
    assert "np.concatenate" not in own
    assert " transpose(" not in own
    assert "= prepared or prepare_forward(params, ws)" in own


def test_what_data_are_in_is_not_made_apart() -> None:
    before, own = parts(compile_small(text_of(*CELL)).source, "forward")
    assert "data" not in before
    assert "batch" not in before
    assert "multiply" not in before
    assert own.count("multiply_all(") == 1, "both inputs' products as one before the loop"
    assert len(stepwise([line.strip() for line in own.splitlines()])) == 1, "both states' as one inside"


@pytest.mark.parametrize("lines", [(X, "output z[t] = 2 * x[t]"), (X, "param b : n", "output z[t] = x[t] + b")])
def test_where_parameters_alone_make_nothing_there_is_no_such_function(lines: tuple[str, ...]) -> None:
    source = compile_small(text_of(*lines)).source
    assert "prepare" not in source


def test_training_makes_everything_in_place() -> None:
    source = compile_small(ELMAN).source
    assert "prepare" not in body(source, "loss_and_grad")


def test_what_options_change_is_made_in_every_call() -> None:
    text = text_of("target y[t] : token(words)", "param b : words", "y[t] ~ categorical(exp(b))")
    program = rnndsl.compile(text, dims={"words": 3, "n": 2, "m": 2}, modes=("sample",))
    before, own = parts(program.source, "sample")
    assert "np.exp" in before
    assert "temper(" in own


def test_only_what_is_needed_in_any_case_is_made_apart() -> None:
    text = text_of(X, "target y[t] : n", "param b, c : n", "y[t] ~ normal(x[t] * tanh(c))", "loss sum(exp(b))")
    before, own = parts(compile_small(text).source, "forward")
    assert "np.tanh" in before
    assert "np.exp" not in before
    assert "np.exp" in own


def test_names_of_code() -> None:
    assert words(['W = params["U"].shape[0]  ', "# V = W", "np.add(W, b, out=c)"]) == {
        "W",
        "params",
        "np",
        "b",
        "out",
        "c",
    }
    assert results(["a = ws()", "b = a[0]", "np.copyto(a, 1)", "a = 3"], ["f(b, a.c)"]) == ["a", "b"]
    assert results(["a = ws()"], ["f(x.a)"]) == []


def test_long_lists_of_names_are_broken() -> None:
    few, some, many = ["a"], [f"name_{k}" for k in range(13)], [f"name_{k}" for k in range(20)]
    assert returned(few) == ["return (a,)"]
    assert unpacked(few, "f()") == ["(a,) = f()"]
    assert unpacked(some, "f()")[0] == f"{', '.join(some)} = f()"
    assert unpacked(some, "f(abcdefghijklm)")[1:] == ["    f(abcdefghijklm)", ")"]
    for lines in (returned(many), unpacked(many, "f()")):
        assert lines[1:-1] == [f"    {name}," for name in many]
    assert max(map(len, [*returned(some), *unpacked(some, "f(abcdefghijklm)")])) <= 116


def test_a_module_alone_prepares() -> None:
    """The generated functions take what they have prepared, and compute the same, bit by bit."""
    program = compile_small(text_of(*CELL), dtype="float32")
    namespace: dict[str, Any] = {}
    exec(compile(program.source, "<module>", "exec"), namespace)  # noqa: S102 - as a file of the user's is
    params = program.init(0)
    x = np.random.default_rng(0).normal(size=(2, 3, program.dims["n"])).astype("float32")
    prepared = namespace["prepare_forward"](params)
    step, plain, fast = namespace["step"], dict[str, Any](), dict[str, Any]()
    for t in range(3):
        out, plain = step(params, {"x": x[:, t]}, plain)
        same, fast = step(params, {"x": x[:, t]}, fast, prepared=prepared)
        assert np.array_equal(out["h"], same["h"])
    assert all(np.array_equal(plain[name], fast[name]) for name in plain)
