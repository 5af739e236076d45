"""Kernels over lanes: what rows share is read where it is, and sums over rows are added up as their terms are made."""

import re
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

import rnndsl
from rnndsl.compiler import assemble
from rnndsl.verify import verify
from tests.codegen.emitting import text_of
from tests.codegen.interpreted import interpret
from tests.codegen.programs import body

#: Scores against all points of another sequence, weighted by their exponentials.
ATTENTION: Final = (
    "input x[s] : n",
    "input z[t] : n",
    "param v : m",
    "param W",
    "param U",
    "e[t, s]  = v @ tanh(W @ h[t-1] + U @ x[s])",
    "a[t, s]  = softmax(e[t, s] over s)",
    "h[t] : n = tanh(sum(a[t, s] * x[s] over s) + z[t])",
    "loss sum(sum(h[t] * h[t]) over t)",
)


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    monkeypatch.setattr(import_module("rnndsl.verify.verify"), "assemble", partial(assemble, backend="numba"))


def source_of(*lines: str) -> str:
    """Return the module with kernels of a spec that verifies."""
    text = text_of(*lines)
    report = verify(text, seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
    return rnndsl.compile(text, backend="numba").source


def kernels(source: str) -> dict[str, str]:
    return dict(re.findall(r"^def (fused_\w+)(\(.*?)(?=^[^\s)]|\Z)", source, re.MULTILINE | re.DOTALL))


def test_a_value_of_the_walk_is_read_by_a_table_of_rows() -> None:
    source = source_of(*ATTENTION)
    (text,) = (text for name, text in kernels(source).items() if name == "fused_e")
    assert re.search(r"r_t = t_rows\[r\]\n +W_h_before_row = W_h_before\[r_t\]\n +U_x_row = U_x\[r\]", text)
    for function in ("forward", "loss_and_grad"):
        assert "_for_s_t" not in body(source, function), "a value is repeated for every lane"


def test_the_adjoint_of_scores_is_one_pass() -> None:
    source = source_of(*ATTENTION)
    (text,) = (text for text in kernels(source).values() if "fast_tanh" in text and "+= " in text and "_part" in text)
    assert len(re.findall(r"_row\[j\] \+= ", text)) == 2, "gradients of what t and s give"
    assert re.search(r"(\w+)_part\[j\] = DTYPE\(0\)\n(.*\n)+        \1\[j\] \+= \1_part\[j\]", text), "that of v"
    loop = body(source, "loss_and_grad").split("for live")[-1]
    assert not re.search(r"np\.(take|einsum|matmul\([^)]*dense)", loop)


def test_a_sum_over_lanes_is_whole_after_its_kernel() -> None:
    lines = ("input x[s] : n", "param W", "c[t] : n = W @ h[t-1]", "g[t, s] = tanh(c[t] + x[s]) * x[s]")
    more = ("q[t] = sum(g[t, s] over s)", "h[t] = tanh(q[t] * sigmoid(q[t]) + c[t])", "b[t, s] = q[t] * g[t, s]")
    last = ("input z[t] : n", "loss sum(sum(sum(b[t, s] * b[t, s] + h[t] * z[t]) over s) over t)")
    source = source_of(*lines, *more, *last)
    (adding,) = (text for name, text in kernels(source).items() if name == "fused_q")
    assert re.search(r"for j in range\(n\):\n +q\[r, j\] = DTYPE\(0\)", adding)
    assert "q_row[j] += q_j" in adding


def test_sums_of_what_is_there_stay_products() -> None:
    source = source_of(*ATTENTION)
    forward = body(source, "forward")
    assert re.search(r"np\.matmul\(\s*x_dense_by_t_s", forward), "a product for every example"


def test_sums_over_children_are_added_up_as_gates_are_made() -> None:
    lines = ("index n : tree", "index k : children(n)", "input x[n] : m", "param U", "s[n] = sum(h[k] over k)")
    more = ("f[n, k] = sigmoid(U @ h[k] + x[n])", "h[n] = tanh(s[n] + sum(f[n, k] * h[k] over k) + x[n])")
    text = "model Net(m):\n" + "".join(f"    {line}\n" for line in (*lines, *more, "loss sum(sum(h[n]) over n)"))
    report = verify(text, seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
    source = rnndsl.compile(text, backend="numba").source
    (adding,) = {text for text in kernels(source).values() if "fast_sigmoid" in text and "f_row[j] = " not in text}
    assert re.search(r"x_row = x\[r_n\]", adding)
    assert re.search(r"_row\[j\] \+= f_h_child_j", adding)


@pytest.mark.parametrize("points", [("s", "s"), ("t, i", "i")], ids=["lanes", "ranges"])
def test_no_sum_begins_in_the_place_of_an_older_value_that_its_terms_are_made_of(points: tuple[str, str]) -> None:
    own, over = points
    source = source_of(
        f"input x[{own}] : n",
        "input z[t] : n",
        "init c[t] = 1",
        "init d[t] = 1",
        f"c[t] : n = sum(tanh(x[{own}] * d[t-1]) over {over})",
        f"d[t] : n = sum(sigmoid(x[{own}] * c[t-1]) over {over})",
        "loss sum(last(d) * last(d))",
    )
    assert len([text for text in kernels(source).values() if "+= " in text]) > 1
