"""The pipeline as a whole: how specs come in, what comes out, and how long it may take."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.locations import data_folder
from tests.growth import doubled

ELMAN = data_folder("specs") / "models" / "elman.rnn"
CHAIN = """
model Chain:
    index t : sequence
    input x[t] : 2
    param w : 2
    a_0[t] = w * x[t]
{lines}    loss sum(sum(a_{last}[t]) over t)
"""


def chain(length: int, equation: str) -> str:
    """Return a spec of many equations, each made from the one before, `{0}`."""
    lines = "".join(f"    a_{k}[t] = {equation.format(k - 1)}\n" for k in range(1, length + 1))
    return CHAIN.format(lines=lines, last=length)


# What comes in --------------------------------------------------------------------------------------------------------


def test_path_and_text_are_the_same_program(tmp_path: Path) -> None:
    text = ELMAN.read_text(encoding="utf-8")
    copy = tmp_path / "elman.rnn"
    copy.write_text(text, encoding="utf-8")
    by_path, by_name, by_text = (rnndsl.compile(spec, dims={"vocab": 5}) for spec in (copy, str(copy), text))
    assert by_path.source == by_name.source
    assert by_text.source.replace("<text>", "elman.rnn") == by_path.source


def test_one_of_several_models(tmp_path: Path) -> None:
    text = "model A:\n    input x : 2\n    output a = x\n\nmodel B:\n    input x : 2\n    output b = 2 * x\n"
    assert rnndsl.compile(text, model="A").outputs == ("a",)
    assert rnndsl.compile(text, model="B").outputs == ("b",)
    for wrong in (None, "C"):
        with pytest.raises(rnndsl.SpecError):
            rnndsl.compile(text, model=wrong)


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises((rnndsl.SpecError, rnndsl.DataError)):
        rnndsl.compile(tmp_path / "none.rnn")


@pytest.mark.parametrize("options", [{"backend": "abacus"}, {"dtype": "float16"}, {"dtype": "double"}])
def test_unknown_options_are_refused(options: dict[str, Any]) -> None:
    ((name, value),) = options.items()
    with pytest.raises(rnndsl.DataError, match=f"RNN613: {name} '{value}'"):
        rnndsl.compile(ELMAN, dims={"vocab": 5}, **options)


def test_unknown_dimensions_are_refused() -> None:
    with pytest.raises(rnndsl.SpecError, match="vocabulary"):
        rnndsl.compile(ELMAN, dims={"vocabulary": 5})


def test_mistakes_are_all_reported() -> None:
    text = ELMAN.read_text(encoding="utf-8").replace("W @ h", "Q @ h").replace("V @ h", "P @ h")
    with pytest.raises(rnndsl.SpecError) as caught:
        rnndsl.compile(text)
    assert [d.span.line for d in caught.value.diagnostics if d.severity == "error"] == [8, 9]


# What comes out -------------------------------------------------------------------------------------------------------


def test_stages_are_open_to_view() -> None:
    checked = check(ELMAN, dims={"vocab": 5})
    graph = build(checked)
    assert checked.warnings == ()
    assert graph.name == "Elman"
    assert graph.dims == {"vocab": 5, "hidden": 128}
    assert rnndsl.compile(ELMAN, dims={"vocab": 5}).graph == graph


def test_unused_parameters_warn_and_have_no_gradient() -> None:
    text = ELMAN.read_text(encoding="utf-8").replace("b, c", "b, c, spare : vocab")
    text = text.replace("param  W, U, V, b, c, spare : vocab", "param  W, U, V, b, c\n    param  spare : vocab")
    assert [warning.severity for warning in check(text).warnings] == ["warning"]
    program = rnndsl.compile(text, dims={"vocab": 5, "hidden": 3})
    ones = np.ones((1, 2), int)
    _, grads = program.loss_and_grad(program.init(0), {"x": ones, "y": ones})
    assert grads["spare"].tolist() == [0] * 5


def test_default_dtype_is_single() -> None:
    program = rnndsl.compile(ELMAN, dims={"vocab": 5})
    assert program.dtype == "float32"
    assert {str(array.dtype) for array in program.init(0).values()} == {"float32"}


# Size and time --------------------------------------------------------------------------------------------------------


def test_doubling_is_shared_not_repeated() -> None:
    program = rnndsl.compile(chain(60, "a_{0}[t] + a_{0}[t]"), dtype="float64")  # 2^60 terms, were they repeated
    assert len(program.graph.nodes) < 200
    loss, grads = program.loss_and_grad({"w": np.ones(2)}, {"x": np.ones((1, 1, 2))})
    assert loss == 2.0**61
    assert grads["w"].tolist() == [2.0**60, 2.0**60]


def test_work_grows_with_the_number_of_equations() -> None:
    assert doubled(lambda count: rnndsl.compile(chain(count, "sin(a_{0}[t])")), 100) < 2.3
    assert doubled(lambda count: rnndsl.compile(chain(count, f"a_{{0}}[t] + a_{count}[t-1]")), 100) < 2.3


def test_more_equations_in_a_row_than_python_nests_calls() -> None:
    program = rnndsl.compile(chain(1200, "sin(a_{0}[t])"), dtype="float64")
    value = np.array([0.5, 1.0])
    slope = np.ones(2)
    for _ in range(1200):
        value, slope = np.sin(value), slope * np.cos(value)
    loss, grads = program.loss_and_grad({"w": np.array([0.5, 1.0])}, {"x": np.ones((1, 1, 2))})
    assert loss == pytest.approx(value.sum(), rel=1e-9)
    np.testing.assert_allclose(grads["w"], slope, rtol=1e-9)


def test_a_thousand_equations_in_a_loop() -> None:
    program = rnndsl.compile(chain(1000, "a_{0}[t] + 0.001 * a_1000[t-1]"), dtype="float64")
    loss = program.loss({"w": np.ones(2)}, {"x": np.ones((1, 3, 2))})
    assert loss == pytest.approx(2 * (1 + 2 + 3), rel=1e-12)


def test_a_sum_of_ten_thousand_terms() -> None:
    text = f"model Sum:\n    input x : 2\n    output z = {' + '.join(['x'] * 10_000)}\n"
    program = rnndsl.compile(text, dtype="float64")
    assert program.run({}, {"x": np.ones((1, 2))})["z"].tolist() == [[10_000, 10_000]]


def test_a_million_steps_need_no_more_code() -> None:
    text = "model Long:\n    index t : sequence\n    input x[t] : scalar\n"
    text += "    h[t] : scalar = h[t-1] + x[t]\n    output s = last(h)\n"
    program = rnndsl.compile(text, dtype="float64")
    assert program.run({}, {"x": np.ones((1, 20_000))})["s"].tolist() == [20_000]
    assert len(program.source.splitlines()) < 300


def test_without_numba_a_warning_says_so_and_the_program_is_numpys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnndsl.compiler.find_spec", lambda _: None)
    with pytest.warns(RuntimeWarning, match="^numba is not installed, so this is the NumPy backend: pip install"):
        program = rnndsl.compile(ELMAN, backend="numba")
    assert program.source == rnndsl.compile(ELMAN).source
