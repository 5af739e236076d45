"""What is said of cycles."""

import pytest

from tests.semantics.specs import grove, mistakes, net


def said(body: str) -> tuple[str, str, str]:
    (found,) = mistakes(grove(body))
    assert found.help
    return found.code, found.message, found.help


def test_children_and_a_parent_in_one_cycle() -> None:
    code, message, way = said("h[v] : n = z[v] + sum(h[k] over k) + h[parent(v)]\noutput h[v]")
    assert code == "RNN419"
    assert "`h[v]` needs `h[child of v]`, and `h[v]` needs `h[parent of v]`" in message
    assert "one from the leaves and one from the root" in way


def test_the_parent_of_a_child_is_the_node_itself() -> None:
    body = "a[v] : n = z[v] + b[child(v, 1)]\nb[v] = a[parent(v)]\noutput a[v]"
    assert said(body)[1].startswith("`a[v]` needs `b[child of v]` needs `a[v]`: ")
    body = "a[v] : n = z[v] + b[child(v, 1)]\nb[v] = e[child(v, 2)]\ne[v] = a[parent(v)]\noutput a[v]"
    path = "`a[v]` needs `b[child of v]` needs `e[child of child of v]` needs `a[child of v]`"
    assert said(body)[:2] == ("RNN419", f"{path}: children and parents would each have to come first")


@pytest.mark.parametrize(
    ("body", "code", "way"),
    [
        ("a[v] : n = z[v] + b[v]\nb[v] = 2 * a[v]\noutput a[v]", "RNN410", "children of `v`, or at the parent"),
        ("a[d] : n = w[d] + b[d]\nb[d] = 2 * a[d]\noutput a[d]", "RNN410", "children of `d`"),
        ("a[v] : n = z[v] + sum(f[v, k] over k)\nf[v, k] = z[k] * a[v]\noutput a[v]", "RNN412", "children only"),
        ("a[v] : n = z[v] + root(a)\noutput a[v]", "RNN412", "children only"),
        ("a[v] : n = z[v] + a[child(v, 1)] + last(a)\noutput a[v]", "RNN412", "children only"),
        ("a[v] : n = z[v] + mean(a[v] over v)\noutput a[v]", "RNN412", "children only"),
        ("a[v, t] : n = x[t] + sum(a[k, t] over k) + sum(a[v, t] over v)\noutput a[v, t]", "RNN412", "children only"),
    ],
)
def test_ways_out_of_trees(body: str, code: str, way: str) -> None:
    found = said(body)
    assert (found[0], way in found[2]) == (code, True)
    assert "child of" not in found[1]


def test_sequences_speak_of_steps() -> None:
    (found,) = mistakes(net("h[t] = x[t] + h[t]\noutput h[t]"))
    assert "one step back" in found.help
    code, message, _ = said("h[s, t] : n = x[t] + h[s-1, t+1] + h[s+1, t-1]\noutput h[s, t]")
    assert code == "RNN411"
    assert "`h[s, t]` needs `h[s-1, t+1]`" in message


def test_long_ways_through_a_tree_are_shortened() -> None:
    chain = "for i in 1..3000:\n    a_{i}[v] = a_{i-1}[child(v, 1)]\na_0[v] = z[v] + a_3000[parent(v)]\noutput a_0[v]"
    code, message, _ = said(chain)
    assert code == "RNN419"
    assert "`a_2998[child of child of v]` needs " in message
    assert "[distant node of v]` needs " in message
    assert len(message) < 1000


def test_long_cycles_are_shortened() -> None:
    chain = "for i in 1..40:\n    a_{i}[t] = a_{i-1}[t]\na_0[t] = x[t] + a_40[t]\noutput a_0[t]"
    (found,) = mistakes(net(chain))
    assert " needs ... needs " in found.message
    assert len(found.labels) <= 12
