"""Hostile and broken specs that read well, through the whole compiler (hostile.md B, C, E and F 124 to 129)."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.diagnostics.render import render_all
from rnndsl.graph.interpret import interpret

HEAD = "model Net(n = 2):\n    index t : sequence\n    input x[t] : n\n    param W, U, b\n"
EQUATION = "    h[t] : n = tanh(W @ x[t] + U @ h[t-1] + b)\n"
TAIL = "    output h[t]\n"
CELL = """\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t] + h[t-1])
    output h[t]

"""
USE = "model Net(n = 2):\n    index t : sequence\n    input x[t] : n\n    h[t] = Cell(n)(x[t])\n    output h[t]\n"
HIDDEN = "HIDDEN_WORD"

#: Far above what any of these needs (a second), far below what an expansion or a search without bounds would.
RUNAWAY = 20.0


def net(*lines: str, equation: str = EQUATION, tail: str = TAIL) -> str:
    """Return a harmless net with further lines."""
    return HEAD + equation + "".join(f"    {line}\n" for line in lines) + tail


def drawn(shape: str, **more: str) -> str:
    """Return the net with another first line or another recurrence."""
    return net(**more).replace("n = 2", shape)


def findings(spec: str | Path) -> tuple[Diagnostic, ...]:
    """Return what `check` has to say, warnings included; guard against work that runs away."""
    start = process_time()
    try:
        found = rnndsl.check(spec).warnings
    except SpecError as error:
        found = error.diagnostics
    assert process_time() - start < RUNAWAY
    return found


def refused(spec: str | Path, code: str) -> Diagnostic:
    """Assert that a spec gets one diagnostic with a place and a way out, and return it."""
    found = findings(spec)
    assert [one.code for one in found] == [code]
    assert (found[0].severity, bool(found[0].help)) == ("error", True)
    assert len(render_all(found, {})) < 1500
    return found[0]


# B: imports -----------------------------------------------------------------------------------------------------------


def nothing(_: Path) -> None:
    """Leave the folder as it is."""


def written(name: str, text: str) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        (folder / name).write_text(text, encoding="utf-8")

    return prepare


def linked(name: str, target: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(target)


def chained(folder: Path) -> None:
    names = [f"f{k}.rnn" for k in range(100)]
    for name, after in pairwise(names):
        (folder / name).write_text(f'from "{after}" import Cell\n', encoding="utf-8")


def circular(folder: Path) -> None:
    for name, after in (("a", "b"), ("b", "a")):
        text = f'from "{after}.rnn" import Cell\n\n{CELL.replace("Cell", name.upper())}'
        (folder / f"{name}.rnn").write_text(text, encoding="utf-8")


IMPORTS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "51 parent": ("../outside.rnn", nothing, "RNN521"),
    "52 absolute": ("/etc/passwd", nothing, "RNN521"),
    "54 url": ("https://example.org/cell.rnn", nothing, "RNN521"),
    "55 home": ("~/cell.rnn", nothing, "RNN521"),
    "55 variable": ("$HOME/cell.rnn", nothing, "RNN521"),
    "55 escaped": ("%2e%2e/outside.rnn", nothing, "RNN521"),
    "56 link": ("link.rnn", linked("link.rnn", "../outside.rnn"), "RNN521"),
    "56 link to itself": ("link.rnn", linked("link.rnn", "link.rnn"), "RNN522"),
    "57 itself": ("main.rnn", nothing, "RNN523"),
    "58 circle": ("a.rnn", circular, "RNN523"),
    "60 depth": ("f0.rnn", chained, "RNN524"),
    "61 device": ("zero.rnn", linked("zero.rnn", "/dev/zero"), "RNN521"),
    "61 pipe": ("pipe.rnn", lambda folder: os.mkfifo(folder / "pipe.rnn"), "RNN522"),
    "61 folder": ("folder.rnn", lambda folder: (folder / "folder.rnn").mkdir(), "RNN522"),
    "61 size": ("large.rnn", written("large.rnn", "#" * 1_000_001), "RNN522"),
    "62 long": ("a" * 5000 + ".rnn", nothing, "RNN521"),
    "62 nul": ("a\0.rnn", nothing, "RNN114"),
    "63 drive": (r"C:\cell.rnn", nothing, "RNN521"),
    "63 backslash": (r"..\cell.rnn", nothing, "RNN521"),
    "63 device name": ("CON.rnn", nothing, "RNN521"),
    "63 share": (r"\\server\cell.rnn", nothing, "RNN521"),
    "not there": ("none.rnn", nothing, "RNN522"),
}


@pytest.mark.parametrize("row", IMPORTS)
def test_imports_stay_inside_and_end(row: str, tmp_path: Path) -> None:
    named, prepare, code = IMPORTS[row]
    folder = tmp_path / "specs"
    folder.mkdir()
    (tmp_path / "outside.rnn").write_text(f"{HIDDEN} = 1\n{CELL}", encoding="utf-8")
    prepare(folder)
    main = folder / "main.rnn"
    main.write_text(f'from "{named}" import {"A" if "circle" in row else "Cell"}\n\n{USE}', encoding="utf-8")
    found = [one for one in findings(main) if one.code != "RNN210"]  # of 58: the cell that is used is not imported
    assert [one.code for one in found] == [code]
    assert HIDDEN not in render_all(found, {})


def test_53_messages_do_not_quote_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "other.rnn").write_text(f"root:x:0:{HIDDEN}\n", encoding="utf-8")
    main = tmp_path / "main.rnn"
    main.write_text(f'from "other.rnn" import Cell\n\n{USE}', encoding="utf-8")
    found = findings(main)
    assert [one.code for one in found] == ["RNN111"]
    assert HIDDEN not in " ".join([str(SpecError(found)), *(one.message + one.help for one in found)])


def test_60_many_files_get_one_diagnostic(tmp_path: Path) -> None:
    for k in range(400):
        (tmp_path / f"f{k}.rnn").write_text(CELL.replace("Cell", f"C{k}"), encoding="utf-8")
    main = tmp_path / "main.rnn"
    main.write_text("".join(f'from "f{k}.rnn" import C{k}\n' for k in range(400)) + f"\n{USE}", encoding="utf-8")
    refused(main, "RNN525")


@pytest.mark.parametrize(("path", "code"), [("/dev/zero", "RNN511"), ("/", "RNN511"), ("a\0b.rnn", "RNN510")])
def test_61_specs_themselves_are_regular_files(path: str, code: str) -> None:
    with pytest.raises(SpecError, match=code):
        rnndsl.check(path)


# C: resources ---------------------------------------------------------------------------------------------------------


def laughs(depth: int) -> str:
    """Return loops in loops."""
    loops = [f"{'    ' * k}for i{k} in 1..10:" for k in range(depth)]
    return net(*loops, "    " * depth + "a" + "".join(f"_{{i{k}}}" for k in range(depth)) + "[t] = x[t]")


def doubling(depth: int, body: str) -> str:
    """Return cells that each use the one before twice."""
    first, cells = "    y[t] = tanh(x[t])\n", ""
    for k in range(depth):
        text = body.replace("Cell", f"C{k - 1}") if k else first
        cells += f"cell C{k}(n):\n    index t : sequence\n    input x[t]\n{text}    output y[t]\n\n"
    return cells + net(f"q[t] = C{depth - 1}(n)(x[t])", "output q[t]")


LIMITS: dict[str, tuple[str, str]] = {
    "64 dimension": (drawn("n = 99999999999999"), "RNN219"),
    "65 overflow": (drawn("n = 2^40"), "RNN219"),
    "65 product": (net("param q : n*n*n*n*n*n", "output q").replace("n = 2", "n = 1000000"), "RNN219"),
    "66 zero": (drawn("n = 0"), "RNN219"),
    "67 negative": (drawn("n = -2"), "RNN219"),
    "67 negative size": (net("z[t] : n - 5 = slice(x[t], 1, n - 5)", "output z[t]"), "RNN219"),
    "67 a name": (drawn("n = m"), "RNN221"),
    "67 circular": (drawn("n = m, m = n"), "RNN221"),
    "67 infinite": (net("param q : infinity", "output q"), "RNN222"),
    "67 no divisor": (net("param q : n % 0 + 1", "output q"), "RNN222"),
    "68 parameters": (net("for i in 1..300:", "    for j in 1..300:", "        param p_{i}x{j}"), "RNN505"),
    "69 loops in loops": (laughs(10), "RNN505"),
    "69 a long loop": (net("for l in 1..1000000000000:", "    a_{l}[t] = x[t]"), "RNN505"),
    "69 a loop of nothing": (net("for l in 1..1000000:", "    if l < 0:", "        a_{l}[t] = x[t]"), "RNN505"),
    "69 long names": (net("for l in 1..3:", "    a" + "_{l}" * 40 + "[t] = x[t]"), "RNN503"),
    "70 doubling": (doubling(20, "    y[t] = Cell(n)(x[t]) + Cell(n)(x[t])\n"), "RNN505"),
    "70 nested": (doubling(60, "    y[t] = Cell(n)(Cell(n)(x[t]))\n"), "RNN507"),
    "70 itself": (
        net("q[t] = A(n)(x[t])", "output q[t]") + "\n" + CELL.replace("Cell", "A").replace("h[t-1]", "A(n)(x[t])"),
        "RNN211",
    ),
    "73 delay": (net(equation=EQUATION.replace("t-1", "t-1000000000")), "RNN506"),
    "73 ahead": (net(equation=EQUATION.replace("t-1", "t+1000000000")), "RNN506"),
    "73 a range": (net("index m : 1..1000000000000", "q[m] = 1", "output q[m]"), "RNN413"),
    "73 an empty range": (net("index m : 5..1", "q[m] = 1", "output q[m]"), "RNN413"),
    "86 a tower": (drawn("n = 9^9^9^9"), "RNN509"),
    "86 a power": (net("param q : n ^ 100000", "output q"), "RNN509"),
    "86 a product": (net("param q : " + "*".join(["(n+1)"] * 60), "output q"), "RNN509"),
}


@pytest.mark.parametrize("row", LIMITS)
def test_what_is_too_much_is_counted_before_it_is_made(row: str) -> None:
    text, code = LIMITS[row]
    refused(text, code)


def states(count: int) -> str:
    """Return states that all depend on one another, one step back."""
    total = " + ".join(f"h{j}[t-1]" for j in range(count))
    lines = "".join(f"    h{i}[t] : n = tanh(x[t] + {total})\n" for i in range(count))
    return f"model Dense(n = 2):\n    index t : sequence\n    input x[t] : n\n{lines}    output h0[t]\n"


ACCEPTED: dict[str, str] = {
    "59 twice": CELL + USE.replace("Cell(n)(x[t])", "Cell(n)(Cell(n)(x[t]))"),
    "71 sharing": net("a_0[t] = x[t]", "for k in 1..60:", "    a_{k}[t] = a_{k-1}[t] + a_{k-1}[t]", "output a_60[t]"),
    "76 a product of many": net("z[t] = " + " * ".join(["x[t]"] * 2000), "output z[t]"),
    "76 parts of many": net("z[t] = concat(" + ", ".join(["x[t]"] * 1000) + ")", "output z[t]"),
    "87 dense cycles": states(30),
    "107 a transpose": net("z[t] = h[t] @ U", "output z[t]"),
    "111 both directions": net("g[t] : n = tanh(b * g[t+1] + x[t])", "z[t] = h[t-1] + g[t+1]", "output z[t]"),
    "112 no init": net(),
    "119 one component": net("param p : 1", "loss sum(softmax(p)) + sum(sum(h[t]) over t)"),
}


@pytest.mark.parametrize("row", ACCEPTED)
def test_accepted_and_means_what_the_interpreter_says(row: str) -> None:
    start = process_time()
    program = rnndsl.compile(ACCEPTED[row], dtype="float64")
    assert process_time() - start < RUNAWAY
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=array.shape) for name, array in program.init(0).items()}
    data = {"x": np.tanh(rng.normal(size=(1, 3, 2)))}
    expected = interpret(program.graph, params, {"x": list(data["x"])}, dims=program.dims)
    for name, array in program.run(params, data).items():
        np.testing.assert_allclose(array[0], expected[name][0], rtol=1e-9)


def test_mistakes_by_the_thousand_are_reported_up_to_a_number() -> None:
    names = "".join(f"    a{k}[t] = u{k}[t]\n" for k in range(2000))
    loops = "".join(f"    a{k}[t] = a{k}[t] + x[t]\n" for k in range(2000))
    twice = "    a[t] = x[t]\n" * 2000
    texts = "".join(f"    loss h[t] + {k}\n" for k in range(2000))
    for lines in (names, loops, twice, texts):
        assert len(findings(HEAD + EQUATION + lines + TAIL)) == 20


def test_a_cycle_of_thousands_is_shown_in_short() -> None:
    cycle = "".join(f"    a{k}[t] : n = a{(k + 1) % 2000}[t] + x[t]\n" for k in range(2000))
    refused(HEAD + EQUATION + cycle + TAIL, "RNN410")


# E: meaning -----------------------------------------------------------------------------------------------------------

MEANING: dict[str, tuple[str, str, str]] = {
    "10 a function's name": (net("tanh[t] = x[t]"), "RNN204", "tanh"),
    "18 a quantity as a function": (net("z[t] = h(x[t])", "output z[t]"), "RNN207", "`h`"),
    "99 undefined": (net(equation=EQUATION.replace("+ b", "+ c")), "RNN201", "`c`"),
    "99 nearly": (net("z[t] = hh[t-1]", "output z[t]"), "RNN201", "did you mean `h`"),
    "100 a function": (net(equation=EQUATION.replace("tanh", "tahn")), "RNN202", "did you mean `tanh`"),
    "101 arguments": (net(equation=EQUATION.replace("+ b)", "+ b, 3)")), "RNN206", "tanh"),
    "101 none": (net("z[t] = concat()", "output z[t]"), "RNN206", "concat"),
    "102 twice": (net("h[t] = x[t]"), "RNN203", "first declared"),
    "102 a parameter": (net("param W"), "RNN203", "`W`"),
    "102 an index": (net("index t : sequence"), "RNN203", "`t`"),
    "103 a parameter's equation": (net("W = 1"), "RNN205", "parameter"),
    "104 an input's equation": (net("x[t] = 1"), "RNN205", "input"),
    "104 a dimension's equation": (net("n = 3"), "RNN203", "`n`"),
    "105 sizes": (net("param c : n + 1", "z[t] = h[t] + c", "output z[t]"), "RNN302", "`n + 1`"),
    "105 a product": (net("param C : n + 1, n + 1", "z[t] = C @ h[t]", "output z[t]"), "RNN302", "`@`"),
    "106 sizes that agree with a batch": (net("input q : 4", "param r : 3", "z = q + r", "output z"), "RNN302", "`3`"),
    "106 equal numbers": (
        net("param c : m", "z[t] = c + h[t]", "output z[t]").replace("n = 2", "n = 2, m = 2"),
        "RNN302",
        "`m`",
    ),
    "108 a loop": (net(equation=EQUATION.replace("t-1", "t")), "RNN410", "`h[t]` needs `h[t]`"),
    "109 a loop of two": (net("a[t] : n = tanh(d[t])", "d[t] = sin(a[t])", "output a[t]"), "RNN410", "`d[t]`"),
    "110 back and ahead": (net(equation=EQUATION.replace("+ b", "+ h[t+1]")), "RNN411", "neither up nor down"),
    "110 the whole": (net(equation=EQUATION.replace("h[t-1]", "sum(h[t] over t)")), "RNN412", "`h"),
    "113 an init": (net("param h0 : n + 1", "init h[t] = h0"), "RNN302", "`init`"),
    "113 of nobody": (net("init q[t] = b"), "RNN201", "`q`"),
    "114 open": (net("param S"), "RNN303", "`S`"),
    "115 nothing": (net(tail=""), "RNN226", "nothing to compute"),
    "115 a target": (net("target y[t] : n"), "RNN223", "`y`"),
    "116 an open index": (net("loss sum(h[t])"), "RNN402", "`t`"),
    "116 a vector": (net("loss sum(h[t] over t)"), "RNN301", "scalar"),
    "116 a token": (net("input k : token(n)", "loss k"), "RNN301", "scalar"),
}


@pytest.mark.parametrize("row", MEANING)
def test_what_has_no_meaning_is_refused_once(row: str) -> None:
    text, code, said = MEANING[row]
    found = [one for one in findings(text) if one.code != "RNN227"]
    assert [one.code for one in found] == [code]
    assert found[0].help
    assert said in render_all(found, {"<text>": text})


def test_114_unused_parameters_are_a_warning_and_have_a_zero_gradient() -> None:
    text = net("param S : n", "loss sum(sum(h[t]) over t)")
    assert [(one.code, one.severity) for one in findings(text)] == [("RNN227", "warning")]
    program = rnndsl.compile(text, dtype="float64")
    _, grads = program.loss_and_grad(program.init(0), {"x": np.ones((1, 3, 2))})
    assert grads["S"].tolist() == [0, 0]


# F: numbers -----------------------------------------------------------------------------------------------------------

SCALAR = """
model Scalar:
    index t : sequence
    input x[t] : scalar
    h[t] = {expression}
    output h[t]
    loss sum(h[t] over t)
"""
STABLE: dict[str, tuple[str, list[float], list[float], list[float]]] = {
    "118 relu": ("relu(x[t])", [0, -1, 1], [0, 0, 1], [0, 0, 1]),
    "118 abs": ("abs(x[t])", [0, -1, 1], [0, 1, 1], [0, -1, 1]),
    "118 equal maxima": ("maximum(x[t], 0)", [0, -1, 1], [0, 0, 1], [1, 0, 1]),
    "118 equal minima": ("minimum(0, x[t])", [0, -1, 1], [0, -1, 0], [0, 1, 0]),
    "117 sign": ("sign(x[t])", [0, -2, 3], [0, -1, 1], [0, 0, 0]),
    "126 root": ("sqrt(x[t])", [0, 4], [0, 2], [0, 0.25]),
    "126 power": ("x[t] ^ 0.5", [0, 4], [0, 2], [0, 0.25]),
    "127 branch not taken": ("log(x[t]) if x[t] > 0 else 0", [0, -1, 2], [0, 0, np.log(2)], [0, 0, 0.5]),
    "127 quotient": ("1 / x[t] if x[t] != 0 else 0", [0, 2], [0, 0.5], [0, -0.25]),
    "127 nested": (
        "(sqrt(x[t]) if x[t] > 0 else log(0 - x[t])) if x[t] != 0 else 0",
        [0, 4, -1],
        [0, 2, 0],
        [0, 0.25, -1],
    ),
    "128 sigmoid": ("sigmoid(x[t])", [-1e4, 1e4], [0, 1], [0, 0]),
    "128 softplus": ("softplus(x[t])", [-1e4, 1e4], [0, 1e4], [0, 1]),
    "128 tanh": ("tanh(x[t])", [-1e4, 1e4], [-1, 1], [0, 0]),
    "128 silu": ("silu(x[t])", [-1e4, 1e4], [0, 1e4], [0, 1]),
    "128 logsumexp": ("logsumexp(concat(x[t], x[t]))", [1e4, -1e4], [1e4 + np.log(2), -1e4 + np.log(2)], [1, 1]),
    "119 softmax of one": ("sum(softmax(concat(x[t])))", [1e4, -3], [1, 1], [0, 0]),
}


def differentiated(row: str, dtype: str) -> tuple[Any, Any]:
    """Return a row's values and the gradient of their sum."""
    expression, points, _, _ = STABLE[row]
    program = rnndsl.compile(SCALAR.format(expression=expression), dtype=dtype)
    data = {"x": np.array([points], dtype=dtype)}
    _, grads = program.loss_and_grad({}, data, wrt="inputs")
    return program.run({}, data)["h"][0], grads["x"][0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", STABLE)
def test_kinks_branches_and_large_numbers_are_as_documented(row: str, dtype: str) -> None:
    """Values, gradients, and (pytest makes warnings errors) not a word from NumPy."""
    values, grads = differentiated(row, dtype)
    np.testing.assert_allclose(values, STABLE[row][2], rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(grads, STABLE[row][3], rtol=1e-6, atol=1e-30)


def test_130_data_that_is_not_finite_is_refused_on_demand() -> None:
    program = rnndsl.compile(SCALAR.format(expression="tanh(x[t])"), finite=True)
    for bad in (np.nan, np.inf):
        with pytest.raises(rnndsl.DataError, match=r"RNN606: `x`.*example 1"):
            program.run({}, {"x": np.array([[0.0, 1.0], [2.0, bad]])})
