"""Whole loops as compiled functions: which there are, and that they do what the loops do."""

import re
from pathlib import Path

import numpy as np
import pytest

import rnndsl
from rnndsl.codegen.walks import COPY, KERNEL, PRODUCT, SMALL, UFUNC, VIEW
from rnndsl.locations import data_folder
from tests.codegen.emitting import text_of
from tests.codegen.interpreted import interpret
from tests.codegen.programs import body, even_data

LSTM = """
from cells import LSTM

model Net(size, n):
    index t : sequence
    input x[t] : size
    h[t] = LSTM(n)(x[t])
    loss sum(sum(h[t] * h[t]) over t)
"""


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)


def walks(source: str, function: str) -> list[str]:
    return re.findall(r"^ +(walk_\w+)\($", body(source, function), re.MULTILINE)


def test_loops_of_a_small_batch_are_calls() -> None:
    source = rnndsl.compile(LSTM, dims={"size": 2, "n": 3}, backend="numba").source
    assert len(walks(source, "loss_and_grad")) == 2
    assert f"    if t.widest <= {SMALL}:\n" in body(source, "loss_and_grad")
    texts = re.findall(r"^def walk_.*?(?=^@|^def |^class )", source, re.MULTILINE | re.DOTALL)
    forward = [text for text in texts if "in range(len(counts)):" in text]
    backward = [text for text in texts if "in range(len(counts) - 1, -1, -1):" in text]
    assert forward
    assert backward
    assert all(text.count("small_product(") == 1 for text in texts)


@pytest.mark.parametrize("batch", [1, SMALL])
def test_walks_give_the_numbers_of_loops(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for small in (SMALL, 0):
        monkeypatch.setattr("rnndsl.codegen.statements.SMALL", small)
        program = rnndsl.compile(LSTM, dims={"size": 2, "n": 3}, dtype="float64", backend="numba")
        data = even_data(program, batch, 4)
        lengths = {"t": [4, 2, 3, 0][:batch]}
        results.append(program.loss_and_grad(program.init(seed=0), data, wrt="all", lengths=lengths))
    (loss, grads), (same, others) = results
    assert loss == pytest.approx(same, rel=1e-12)
    for name, array in grads.items():
        np.testing.assert_allclose(array, others[name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_a_loop_of_anything_else_stays_a_loop() -> None:
    source = rnndsl.compile(data_folder("specs") / "models" / "tree_lstm.rnn", backend="numba").source
    assert "fused_" in source
    assert "walk_" not in source
    lines = ("input x[t] : n", "param W", "a[t] : n = W @ h[t-1]", "h[t] = sin(tanh(a[t]) * x[t] + x[t])")
    source = rnndsl.compile(text_of(*lines, "output h[t]"), backend="numba").source
    assert "fused_" in source
    assert "walk_" not in source


@pytest.mark.parametrize(
    "line", ["x_t = x[at]", "x_t = y", "x_t = ring[(k + 1) % 2, :live]", "x_t = g[..., n : 2 * n]"]
)
def test_views(line: str) -> None:
    assert VIEW.fullmatch(line)


@pytest.mark.parametrize("line", ["x_t = f(x)", "x_t = x[f(y)]", "x_t = x if k else y", "x_t = x[at].T", "x[at] = y"])
def test_no_views(line: str) -> None:
    assert not VIEW.fullmatch(line)


def test_other_statements() -> None:
    assert COPY.fullmatch("ring[(k + 0) % 2, :live][...] = x_t")
    assert COPY.fullmatch("ring_rows[...] = x_t")
    assert not COPY.fullmatch("x[...] = 0.5 * y")
    assert PRODUCT.fullmatch("xp.matmul(a, b, out=c)")
    assert not PRODUCT.fullmatch("xp.matmul(a, b.T, out=c)")
    assert KERNEL.fullmatch("fused_h(n, a, b)")
    assert not KERNEL.fullmatch("lookup(a, b, c)")


def test_numpy_functions_write_into_their_last_operand() -> None:
    assert UFUNC.fullmatch("xp.multiply(a_t, b, out=c_t)")
    assert not UFUNC.fullmatch("xp.multiply(a_t, -1.0, out=c_t)"), "a number is one of 64 bits there"
    assert not UFUNC.fullmatch("xp.multiply(a_t[:, None], b, out=c_t)")
    assert COPY.fullmatch("d_t[..., n : 2 * n] = x_t")


def test_views_that_nothing_reads_in_a_walk_are_no_part_of_it() -> None:
    source = rnndsl.compile(LSTM, dims={"size": 2, "n": 3}, backend="numba").source
    for text in re.findall(r"^def walk_.*?(?=^@|^def |^class )", source, re.MULTILINE | re.DOTALL):
        for name in re.findall(r"^ +(\w+) = ", text, re.MULTILINE):
            assert len(re.findall(rf"\b{name}\b", text)) > 1, name
