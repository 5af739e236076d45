"""Walking expressions without recursion."""

from rnndsl.syntax.chains import brace_expressions, children, flatten_chain, names, nesting, walk
from rnndsl.syntax.notation import print_expression, print_name
from rnndsl.syntax.tree import Binary
from tests.syntax.equality import expression


def test_a_chain_is_a_fold_from_the_left() -> None:
    chain = expression("a * b + c - d")
    assert isinstance(chain, Binary)
    first, operations = flatten_chain(chain)
    assert print_expression(first) == "a"
    steps = [(one.operator, print_expression(one.right)) for one in operations]
    assert steps == [("*", "b"), ("+", "c"), ("-", "d")]
    assert operations[-1] is chain


def test_children_take_a_chain_as_one_level() -> None:
    assert [print_expression(child) for child in children(expression("a + b * c + d"))] == ["a", "b * c", "d"]
    assert [print_expression(child) for child in children(expression("f(a, b, k = c over t)"))] == ["a", "b", "c"]
    assert [print_expression(child) for child in children(expression("L(n, k = m)(x[t], y)"))] == [
        "n",
        "m",
        "x[t]",
        "y",
    ]
    assert [print_expression(child) for child in children(expression("a if b else c"))] == ["a", "b", "c"]
    assert [print_expression(child) for child in children(expression("h[t-1, 2]"))] == ["t - 1", "2"]
    assert children(expression("-a")) == (expression("-a").operand,)  # type: ignore[union-attr]
    assert children(expression("3")) == ()


def test_names_and_braces() -> None:
    assert [print_name(name) for name in names(expression("f(a over s, t)"))] == ["f", "s", "t"]
    assert [print_name(name) for name in names(expression("L(n)(x) backward over t"))] == ["L", "t"]
    assert names(expression("2")) == ()
    assert [print_expression(part) for part in brace_expressions(expression("h_{l-1}[t]"))] == ["l - 1"]


def test_walk_visits_everything_in_reading_order() -> None:
    found = [print_expression(one) for one in walk(expression("f(h_{l}[t]) + b"))]
    assert found == ["f(h_{l}[t]) + b", "f(h_{l}[t])", "h_{l}[t]", "l", "t", "b"]


def test_nesting_counts_a_chain_once() -> None:
    assert nesting(expression(" + ".join(["a"] * 5000)), 2) is None
    assert nesting(expression("f(g(h(a)))"), 4) is None
    deepest = nesting(expression("f(g(h(a)))"), 3)
    assert deepest is not None
    assert print_expression(deepest) == "a"


def test_walk_does_not_recurse() -> None:
    assert sum(1 for _ in walk(expression(" * ".join(["a"] * 20_000)))) == 20_001
