"""An error inside generated code is reported at the equation that the code was made from."""

import linecache

import numpy as np
import pytest

import rnndsl
from rnndsl.runtime.failures import RunError, located

SOURCE = """def forward(a):
    # net.rnn:7  h[t] = f(x[t])
    b = a
    c = b[1]
    return c


def other(a):
    return a[1]
"""


def failure(function: str, file: str) -> Exception:
    """Return the error of a function of SOURCE, with its traceback."""
    namespace: dict[str, object] = {}
    exec(compile(SOURCE, file, "exec"), namespace)  # noqa: S102 - the text above
    linecache.cache[file] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), file)
    call = namespace[function]
    assert callable(call)
    with pytest.raises(IndexError) as caught:
        call([0])
    return caught.value


def test_the_equation_is_named() -> None:
    found = located(failure("forward", "<made 1>"), "<made 1>")
    assert isinstance(found, RunError)
    assert str(found) == "net.rnn:7  h[t] = f(x[t]): list index out of range"


def test_no_equation_of_another_function_is_named() -> None:
    found = located(failure("other", "<made 2>"), "<made 2>")
    assert isinstance(found, RunError)
    assert str(found) == "list index out of range"


def test_an_error_from_elsewhere_stays_as_it_is() -> None:
    error = failure("forward", "<made 3>")
    assert located(error, "<made 4>") is error


def test_a_failure_names_the_equation(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "model Top:\n    index t : sequence\n    input x[t] : 2\n    z = max(x[t] over t)\n    output z\n"
    program = rnndsl.compile(text)
    assert program.run({}, {"x": [np.ones((3, 2))]})["z"].tolist() == [[1, 1]]
    empty = {"x": [np.ones((3, 2)), np.ones((0, 2))]}
    with pytest.raises(rnndsl.DataError, match="RNN612: example 1 has no point along `t`"):
        program.run({}, empty)
    monkeypatch.setattr("rnndsl.runtime.loaded.check_points", lambda *given: None)
    with pytest.raises(RunError, match=r"<text>:4 +z = max\(x\[t\] over t\)"):
        program.run({}, empty)
