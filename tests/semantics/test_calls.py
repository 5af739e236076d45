"""Arguments of functions, bound indices, whole numbers that are known."""

import pytest

from rnndsl.semantics.model import Apply, Number
from tests.semantics.specs import codes, expanded, net


def call(text: str) -> Apply:
    value = expanded(net(f"h[t] = {text}\noutput h[t]")).equations["h"].value
    assert isinstance(value, Apply)
    return value


def test_defaults_become_operands() -> None:
    slope = call("leaky_relu(x[t])").operands[1]
    assert isinstance(slope, Number)
    assert slope.value == 0.01
    named = call("clip(x[t], high = 2, low = -1)")
    assert [one.value for one in named.operands[1:] if isinstance(one, Number)] == [-1.0, 2.0]


def test_whole_numbers_become_sizes() -> None:
    assert [str(size) for size in call("part(x[t], 2, n)").sizes] == ["2", "n"]
    assert [str(size) for size in call("slice(x[t], 1, 2 * n)").sizes] == ["1", "2*n"]
    assert len(call("part(x[t], 2, n)").operands) == 1
    assert codes(net("h[t] = component(x[t], 0)\noutput h[t]")) == ["RNN219"]
    assert codes(net("h[t] = component(x[t], x)\noutput h[t]")) == ["RNN221"]


def test_dropout_has_a_known_rate_and_ties_along_indices() -> None:
    found = call("dropout(x[t], 1 / 4, tie = t)")
    assert [index.name for index in found.tie] == ["t"]
    assert isinstance(found.operands[1], Number)
    assert found.operands[1].value == 0.25
    assert codes(net("z = dropout(last(x), 0.5, tie = t)\noutput z")) == ["RNN402"]
    assert codes(net("h[t] = dropout(x[t], 1.5)\noutput h[t]")) == ["RNN222"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tanh()", "RNN206"),
        ("concat()", "RNN206"),
        ("x(t)", "RNN207"),
        ("categorical(x[t])", "RNN207"),
        ("zeros()", "RNN207"),
        ("foo(x[t])", "RNN202"),
        ("norm(x[t] over t)", "RNN406"),
        ("stack(x[t])", "RNN406"),
        ("length(x[t])", "RNN206"),
        ("leaf(t)", "RNN490"),
    ],
)
def test_wrong_calls(text: str, code: str) -> None:
    assert codes(net(f"h[t] = {text}\noutput h[t]")) == [code]


def test_arguments_of_an_unknown_function_are_checked_too() -> None:
    assert codes(net("h[t] = foo(bar(x[t]), q)\noutput h[t]")) == ["RNN202", "RNN202", "RNN201"]


def test_length_of_a_range_is_its_size() -> None:
    model = expanded(net("index m : 2..n\nh[t] = x[t] * length(m) / length(t)\noutput h[t]"))
    assert model.equations["h"].text == "h[t] = x[t] * (n - 1) / length(t)"
