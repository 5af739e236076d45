"""Arguments of functions, bound indices, whole numbers that are known."""

import pytest

from rnndsl.semantics.model import Apply, Dimension, Leaf, Length, Number
from tests.semantics.specs import codes, expanded, grove, mistakes, net


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
    assert codes(net("h[t] = component(x[t], 0)\noutput h[t]")) == ["RNN306"]
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
        ("leaf(t)", "RNN416"),
        ("leaf(2)", "RNN206"),
        ("root(x[t])", "RNN406"),
        ("uses(x[t])", "RNN406"),
        ("uses(x[t] over t)", "RNN403"),
    ],
)
def test_wrong_calls(text: str, code: str) -> None:
    assert codes(net(f"h[t] = {text}\noutput h[t]")) == [code]


def test_arguments_of_an_unknown_function_are_checked_too() -> None:
    assert codes(net("h[t] = foo(bar(x[t]), q)\noutput h[t]")) == ["RNN202", "RNN202", "RNN201"]


def test_length_of_a_range_is_its_size() -> None:
    model = expanded(net("index m : 2..n\nh[t] = x[t] * length(m) / length(t)\noutput h[t]"))
    assert model.equations["h"].text == "h[t] = x[t] * (n - 1) / length(t)"


def test_questions_to_an_index() -> None:
    model = expanded(
        grove("a[v] = length(v)\nb[v] = length(k)\ne[v] = leaf(v)\nf = length(m)\noutput a[v], b[v], e[v], f")
    )
    kinds = [type(equation.value) for equation in model.equations.values()]
    assert kinds == [Length, Length, Leaf, Dimension]


def test_children_are_bound_with_their_node() -> None:
    (found,) = mistakes(grove("h[t] = x[t] * sum(k over k)\noutput h[t]"))
    assert (found.code, "`over v, k`" in found.help) == ("RNN417", True)
    assert expanded(grove("h[t] = x[t] * sum(sum(k over k) over v)\noutput h[t]")).equations


def test_masks_are_held_along_nodes_or_children() -> None:
    assert codes(grove("h[v, k] = dropout(z[v], 0.5, tie = v)\noutput h[v, k]")) == ["RNN417"]
    for tie in (
        "h[v, k] = dropout(z[v], 0.5, tie = k)\noutput h[v, k]",
        "h[v] = dropout(z[v], 0.5, tie = v)\noutput h[v]",
    ):
        assert expanded(grove(tie)).equations


def test_only_fixed_ranges_become_components() -> None:
    (found,) = mistakes(grove("h[v] = stack(z[k] over k)\noutput h[v]"))
    assert (found.code, "the children of `v`" in found.help) == ("RNN403", True)
