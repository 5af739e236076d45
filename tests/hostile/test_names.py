"""Names, comments and file names that would do harm if they reached Python (hostile.md A 1 to 9, 39 to 45, 49, D).

Each spec compiles, is executed as a file too, and gives the values of its harmless twin.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.diagnostics.diagnostic import SpecError

HEAD = (
    "model Net(n = 3):\n    index t : sequence\n    input x[t] : 2\n"
    "    param W : n, 2\n    param U : n, n\n    param b : n\n"
)
EQUATION = "    h[t] : n = tanh(W @ x[t] + U @ h[t-1] + b)\n"
TAIL = "    output h[t]\n"
TWIN = HEAD + EQUATION + TAIL
CANARY = "__import__('os').system('touch RNNDSL_CANARY')"


def renamed(**names: str) -> str:
    """Return the twin with other names for its parts."""
    text = TWIN
    for old, new in names.items():
        text = re.sub(rf"\b{old}\b", new, text)
    return text


def commented(comment: str) -> str:
    return HEAD + f"    # {comment}\n" + EQUATION + TAIL


SAME: dict[str, str] = {
    "1 lambda": renamed(b="lambda"),
    "2 constants": renamed(b="class", W="None", U="True"),
    "3 soft keywords": renamed(b="case", W="match", U="type"),
    "4 modules": renamed(b="np", W="numpy", U="cupy"),
    "5 builtins": renamed(b="range", W="len", U="float"),
    "6 loop variables": renamed(b="out", W="ws", U="self", x="T", h="i"),
    "7 adjoints": renamed(b="d_h", W="grad_W", U="h_tm1", h="h_prev"),
    "8 mangling": renamed(b="x_", W="v_x", U="x__1"),
    "9 case": renamed(b="w"),
    "9 case of quantities": renamed(h="X"),
    "39 carriage return": commented(f"note \r{CANARY}"),
    "40 separators": commented(f"a\f b \u2028 {CANARY} \u2029 c \x85 {CANARY}"),
    "41 quotes": commented(f'""" \'\'\' """ + {CANARY} + """'),
    "42 backslash": commented("ends with \\"),
    "43 braces": commented("{0} {x!r} %s %(a)s \\N{BELL} \\x00 \\u0041"),
    "44 coding": f"# coding: utf-7 +AAo-{CANARY}\n# vim: set fileencoding=utf-7 :\n" + TWIN,
    "45 pragmas": commented("type: ignore  # noqa  # pylint: disable=all"),
    "91 byte order mark": "\ufeff" + TWIN,
    "95 crlf": TWIN.replace("\n", "\r\n"),
    "97 no final newline": TWIN.rstrip("\n") + " ",
}


@pytest.fixture(scope="module")
def twin() -> tuple[dict[str, Any], Any, Any]:
    """Return parameters in the order of their declaration, the output and the gradient of the harmless spec."""
    program = rnndsl.compile(TWIN + "    loss sum(sum(h[t]) over t)\n", dtype="float64")
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=array.shape) for name, array in program.init(0).items()}
    data = {"x": rng.normal(size=(2, 4, 2))}
    return params, data, program.run(params, data)["h"]


@pytest.mark.parametrize("row", SAME)
def test_the_values_are_those_of_the_twin(
    row: str, twin: tuple[dict[str, Any], Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    params, data, expected = twin
    program = rnndsl.compile(SAME[row], dtype="float64")
    given = dict(zip(program.params, params.values(), strict=True))
    inputs = dict(zip(program.inputs, data.values(), strict=True))
    (found,) = program.run(given, inputs).values()
    np.testing.assert_array_equal(found, expected)
    assert list(tmp_path.iterdir()) == []


def test_the_modules_are_executed_as_files_without_harm(tmp_path: Path) -> None:
    """All at once in one process: what a comment smuggles in would run when the file is read."""
    for number, text in enumerate(SAME.values()):
        source = rnndsl.compile(text).source
        (tmp_path / f"m{number}.py").write_text(source, encoding="utf-8")
    names = ", ".join(f"m{number}" for number in range(len(SAME)))
    done = subprocess.run(
        [sys.executable, "-c", f"import {names}; print(m0.PARAMS)"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "RNNDSL_CANARY" not in {path.name for path in tmp_path.iterdir()}


def test_49_a_hostile_file_name_is_shown_and_no_more(tmp_path: Path, twin: tuple[dict[str, Any], Any, Any]) -> None:
    path = tmp_path / f'a"""{{x}}\n{CANARY.replace("/", "")}\\.rnn'
    path.write_text(TWIN, encoding="utf-8")
    params, data, expected = twin
    program = rnndsl.compile(path, dtype="float64")
    np.testing.assert_array_equal(program.run(params, data)["h"], expected)
    path.write_text(TWIN.replace("tanh", "tahn"), encoding="utf-8")
    with pytest.raises(SpecError, match="RNN202"):
        rnndsl.compile(path)


def test_95_old_macintosh_files_have_lines_too(tmp_path: Path, twin: tuple[dict[str, Any], Any, Any]) -> None:
    path = tmp_path / "net.rnn"
    path.write_bytes(TWIN.replace("\n", "\r").encode())
    params, data, expected = twin
    np.testing.assert_array_equal(rnndsl.compile(path, dtype="float64").run(params, data)["h"], expected)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("x[t] if 1 else 0", "RNN222"),  # 21: a condition compares
        ("nan * x[t]", "RNN201"),  # 30: only `infinity` is a number
        ("inf * x[t]", "RNN201"),
        ("NaN * x[t]", "RNN201"),
        ("argmax(x[t])", "RNN202"),  # 117: what has no gradient is not in the language
        ("round(x[t])", "RNN202"),
        ("eval(x[t])", "RNN202"),  # 16, 17: the list of functions is closed
        ("open(x[t])", "RNN202"),
    ],
)
def test_21_30_117_what_python_would_take_is_refused(value: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        rnndsl.check(f"model Net:\n    index t : sequence\n    input x[t] : 2\n    z[t] = {value}\n    output z[t]\n")
    assert [one.code for one in caught.value.diagnostics] == [code]
    assert caught.value.diagnostics[0].help


def test_72_many_steps_are_a_loop() -> None:
    """The module does not know the length: the same code runs ten steps and many."""
    program = rnndsl.compile("model Sum:\n    index t : sequence\n    input x[t] : scalar\n    h[t] = h[t-1] + x[t]\n"
                             "    output z = last(h)\n")  # fmt: skip
    assert len(program.source.splitlines()) < 600
    for steps in (10, 100_000):
        assert program.run({}, {"x": np.ones((1, steps), np.float32)})["z"] == steps
