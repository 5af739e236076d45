"""The table of emitters, and loops: heads, what is made before them, what ends a step."""

import re

from rnndsl.codegen.statements import BOUND, EMIT
from rnndsl.ops import Op
from tests.codegen.emitting import statements, stepwise, text_of
from tests.codegen.programs import PROGRAMS, body, compile_small

X = "input x[t] : n"


def test_every_operator_is_written_or_bound() -> None:
    assert set(EMIT) | BOUND == set(Op)
    assert set(EMIT) & BOUND == set()


def test_nothing_is_allocated_in_a_loop() -> None:
    for name in ("Delays", "LookTwoAhead", "Stages", "BothDirections", "FastWeights", "Cyclic", "Library"):
        source = compile_small(PROGRAMS[name]).source
        for function in ("forward", "loss_and_grad"):
            depth = [(len(line) - len(line.lstrip()), line) for line in body(source, function).splitlines()]
            loops = 0
            for indent, line in depth:
                loops = indent if line.lstrip().startswith("for ") and (not loops or indent <= loops) else loops
                loops = 0 if loops and indent <= loops and not line.lstrip().startswith("for ") else loops
                assert not (loops and re.search(r"ws\(|np\.(zeros|empty|ones)\(", line)), line


def test_rows_are_cut_only_when_examples_end() -> None:
    lines = statements(X, "a[t] : n = tanh(h[t-1])", "h[t] : n = a[t] * a[t] + x[t]", "output h[t]")
    place = next(k for k, line in enumerate(lines) if line.startswith("if live != rows:"))
    assert lines[place + 1] == "rows = live"
    assert [line for line in lines[place:] if line.endswith("[:live]")] != []


def test_a_value_read_now_and_later_goes_into_the_ring_last() -> None:
    lines = statements(X, "param V", "a[t] : n = tanh(b[t+1] + x[t])", "b[t] : n = V @ a[t+1] + a[t]", "output b[t]")
    copies = [k for k, line in enumerate(lines) if re.fullmatch(r"\w+\[\.\.\.\] = a_t", line)]
    products = [k for k, line in enumerate(lines) if stepwise([line])]
    assert len(copies) == 1
    assert copies[0] > max(products)


def test_loops_over_ranges_stand_inside() -> None:
    text = text_of(X, "param U[i] : n, n", "h[t, i] : n = tanh(U[i] @ h[t, i-1] + h[t-1, i] + x[t])", "output h[t, i]")
    lines = body(compile_small(text).source, "forward").splitlines()
    heads = [line for line in lines if line.lstrip().startswith("for ")]
    assert [len(line) - len(line.lstrip()) for line in heads] == [4, 8]


def test_what_only_input_gradients_need_is_skipped_without_them() -> None:
    lines = statements(X, "target y[t] : m", "param W", "y[t] ~ normal(W @ x[t])", function="loss_and_grad")
    place = lines.index('if wrt != "params":')
    assert "multiply_all(" in "\n".join(lines[place : place + 4])
