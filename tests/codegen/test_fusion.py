"""Which steps become one kernel, and what they need buffers for."""

import re
from typing import Final

import pytest

import rnndsl
from rnndsl.codegen.fusion import MOST
from tests.codegen.emitting import text_of
from tests.codegen.interpreted import interpret
from tests.codegen.programs import body

LOOP: Final = (
    "input x[t] : n",
    "param W",
    "a[t] : n = W @ h[t-1] + x[t]",
    "h[t] = tanh(a[t]) * x[t] + 1",
    "output h[t]",
)


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    interpret(monkeypatch, tmp_path_factory.mktemp("kernels"))


def source_of(*lines: str) -> str:
    return rnndsl.compile(text_of(*lines), dims={"n": 3, "m": 2, "words": 5}, backend="numba").source


def calls(source: str, function: str = "forward") -> list[str]:
    """Return the calls of kernels in a function."""
    return re.findall(r"^ +(fused_\w+)\(", body(source, function), re.MULTILINE)


def test_a_step_of_a_loop_is_a_product_and_a_kernel() -> None:
    source = source_of(*LOOP)
    assert calls(source) == ["fused_h"]
    (loop,) = re.findall(r"^    else:\n.*?(?=^    \w)", body(source, "forward"), re.MULTILINE | re.DOTALL)
    assert re.findall(r"np\.\w+|multiply", loop) == ["multiply"]


def test_what_only_a_kernel_needs_has_no_buffer() -> None:
    lines = (*LOOP[:3], "g[t] = sigmoid(a[t])", "h[t] = tanh(a[t]) * g[t] + x[t]", "output h[t]")
    plain = rnndsl.compile(text_of(*lines), dims={"n": 3}).source
    with_kernels, without = (
        set(re.findall(r'ws\("(\w+)"', body(one, "forward"))) for one in (source_of(*lines), plain)
    )
    assert without - with_kernels == {"tanh_step"}
    assert with_kernels <= without


def test_what_one_statement_does_needs_no_kernel() -> None:
    assert "@jit" not in source_of("input x[t] : n", "h[t] = tanh(h[t-1] + x[t])", "output h[t]")


def test_a_value_of_other_rows_is_brought_to_those_of_the_kernel() -> None:
    lines = ("input x[t] : 2*n", "input z[s] : n", "a[t] = x[t] * x[t]", "b[t] = part(a[t], 2, 2)")
    more = ("e[t, s] = tanh(z[s] * b[t] + z[s]) * z[s] * b[t] + b[t]", "output e[t, s]")
    source = source_of(*lines, *more)
    assert calls(source) == ["fused_e"]
    assert "_over_t_s" in body(source, "forward")


def test_long_runs_are_several_kernels() -> None:
    steps = [f"a_{k}[t] = tanh(a_{k - 1}[t]) * x[t]" for k in range(1, 3 * MOST)]
    source = source_of("input x[t] : n", "a_0[t] = x[t]", *steps, f"output a_{3 * MOST - 1}[t]")
    assert 5 <= len(calls(source)) <= 7
    assert "fused" not in source_of("input x[t] : n", f"y[t] = {' + '.join(['x[t]'] * MOST)} + x[t]", "output y[t]")
