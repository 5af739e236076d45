"""Components that are not there."""

import pytest

import rnndsl
from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError

SPEC = "model Net(n):\n    index t : sequence\n    input x[t] : {size}\n    h[t] = {value}\n    output h[t]\n"


def mistakes(size: str, value: str, dims: dict[str, int] | None = None) -> list[Diagnostic]:
    try:
        rnndsl.check(SPEC.format(size=size, value=value), dims=dims or {"n": 6})
    except SpecError as error:
        return list(error.diagnostics)
    return []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("component(x[t], 7)", "there is no component 7"),
        ("slice(x[t], 2, 7)", "there is no component 7"),
        ("slice(x[t], 3, 2)", "nothing from component 3 to 2"),
        ("part(x[t], 3, 2)", "there is no part 3 of 2"),
        ("part(x[t], 1, 4)", "6 components have no 4 equal parts"),
        ("component(x[t], 0)", "there is no component 0"),
        ("slice(x[t], 0, 2)", "there is no component 0"),
        ("part(x[t], 0, 2)", "there is no part 0"),
    ],
)
@pytest.mark.parametrize("size", ["6", "n"])
def test_what_is_not_there_is_refused(size: str, value: str, message: str) -> None:
    (found,) = mistakes(size, value)
    assert (found.code, message in found.message) == ("RNN306", True)


@pytest.mark.parametrize("value", ["component(x[t], 6)", "slice(x[t], 6, 6)", "part(x[t], 2, 2)", "part(x[t], 6, 6)"])
def test_what_is_there_is_not(value: str) -> None:
    assert mistakes("n", value) == []


def test_sizes_that_are_not_known_are_not_judged() -> None:
    text = SPEC.format(size="n", value="component(x[t], 7)")
    assert rnndsl.check(text).warnings == ()
    with pytest.raises(SpecError, match="RNN306"):
        rnndsl.compile(text, dims={"n": 6})


def test_the_declaration_is_shown() -> None:
    (found,) = mistakes("6", "component(x[t], 7)")
    assert [label.text for label in found.labels] == ["`x` has 6 components"]
    assert mistakes("6", "component(tanh(x[t]), 7)")[0].labels == ()
