"""Points of trees and dags, and edges to children."""

import pytest

from rnndsl.indices import Affine, Child, Parent, here
from rnndsl.semantics.model import Over, Read
from tests.semantics.specs import codes, expanded, grove, mistakes, texts


def read(value: str, left: str = "h[v]") -> Read:
    found = expanded(grove(f"{left} = {value}\noutput {left}")).equations["h"].value
    while isinstance(found, Over):
        found = found.body
    assert isinstance(found, Read)
    return found


def test_accesses() -> None:
    (same,) = read("last(z[v] over v)", "h").at
    (k,) = read("sum(z[k] over k)").at
    (second,) = read("z[child(v, 2)]").at
    (slot,) = read("sum(z[child(v, m+1)] over m)").at
    (parent,) = read("z[parent(v)]").at
    assert isinstance(k, Child)
    assert isinstance(slot, Child)
    assert isinstance(parent, Parent)
    v = parent.of
    assert same == here(v)
    assert (k.of, k.sure, [index.name for index in k.indices]) == (v, True, ["v", "k"])
    assert second == Child(v, Affine((), 2))
    assert (str(slot), slot.sure, [index.name for index in slot.indices]) == ("child(v, m+1)", False, ["v", "m"])


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("sum(z[child(v, k)] over k)", "sum(z[k] over k)"),
        ("z[child(n = v, k = 2)]", "z[child(v, 2)]"),
        ("sum(z[child(v, 4 - m)] over m)", "sum(z[child(v, -m+4)] over m)"),
        ("root(z) + root(z[v] over v)", "root(z[v] over v) + root(z[v] over v)"),
        ("first(z) + last(z[k] over k)", "first(z[v] over v) + last(z[k] over k)"),
        (
            "z[v] if leaf(v) and v > 1 else length(v) * length(k)",
            "z[v] if leaf(v) and 1 < v else length(v) * length(k)",
        ),
        ("sum(k * z[k] over k)", "sum(k * z[k] over k)"),
        ("uses(k * z[v] * z[k] over k)", "uses(k * z[v] * z[k] over k)"),
        ("mean(z[k] over v, k)", "mean(z[k] over v, k)"),
    ],
)
def test_what_is_printed(value: str, printed: str) -> None:
    assert texts(expanded(grove(f"h[v] = {value}\noutput h[v]"))) == [f"h[v] = {printed}"]


def test_edges_are_read_at_their_own_point() -> None:
    body = "f[v, k] = z[v] * z[k]\nh[v] = sum(f[v, k] over k)\ne[v, k] = softmax(f[v, k] over k)\noutput h[v], e[v, k]"
    whole = expanded(grove(body)).equations["h"].value
    assert isinstance(whole, Over)
    assert isinstance(whole.body, Read)
    (k,) = whole.indices
    assert k.of is not None
    assert whole.body.at == (here(k.of), here(k))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("z[v-1]", "RNN403"),
        ("z[3]", "RNN403"),
        ("sum(z[m] over m)", "RNN403"),
        ("sum(z[c] over d, c)", "RNN403"),
        ("uses(z[v] over v)", "RNN403"),
        ("uses(z[v] over v, k)", "RNN403"),
        ("uses(w[d] over c)", "RNN417"),
        ("w[v]", "RNN403"),
        ("w[child(v, 1)]", "RNN403"),
        ("x[child(v, 1)]", "RNN403"),
        ("w[child(d, 1)]", "RNN402"),
        ("w[parent(d)]", "RNN416"),
        ("x[child(t, 1)]", "RNN416"),
        ("x[parent(t)]", "RNN416"),
        ("sum(z[child(k, 1)] over k)", "RNN416"),
        ("sum(1 if leaf(k) else 0 over k)", "RNN416"),
        ("1 if leaf(t) else 0", "RNN416"),
        ("1 if leaf(m) else 0", "RNN416"),
        ("1 if leaf(d) else 0", "RNN402"),
        ("root(x)", "RNN416"),
        ("root(x[t] over t)", "RNN416"),
        ("root(2 * z[v])", "RNN406"),
        ("z[k]", "RNN402"),
        ("z[child(v, k)]", "RNN402"),
        ("z[child(v, 0)]", "RNN404"),
        ("z[child(v, v)]", "RNN404"),
        ("sum(z[child(v, t)] over t)", "RNN404"),
        ("sum(z[child(v, 2 * m)] over m)", "RNN404"),
        ("z[child(v, 1) + 1]", "RNN404"),
        ("z[child(v)]", "RNN206"),
        ("z[parent(v, 1)]", "RNN206"),
        ("z[child(2, 1)]", "RNN405"),
        ("z[child(x, 1)]", "RNN405"),
        ("z[parent(v over v)]", "RNN406"),
        ("parent(v)", "RNN208"),
        ("child(v, 1)", "RNN208"),
        ("sum(w[c] over c)", "RNN417"),
        ("length(c) * z[v]", "RNN417"),
        ("sum(f[parent(v), k] over k)", "RNN417"),
        ("sum(f[k, k] over k)", "RNN417"),
        ("sum(f[v, j] over j)", "RNN417"),
        ("sum(f[v, k-1] over k)", "RNN417"),
        ("f[v, k]", "RNN402"),
        ("sum(f[k] over k)", "RNN401"),
    ],
)
def test_wrong_points(value: str, code: str) -> None:
    body = f"index j : children(v)\nf[v, k] = z[k]\nh[v] = {value}\noutput h[v]"
    (found,) = mistakes(grove(body))
    assert found.code == code
    assert found.span.line == 14
    assert found.help


def test_ways_out_fit_what_is_wrong() -> None:
    def way(value: str) -> str:
        return mistakes(grove(f"h[d] = {value}\noutput h[d]"))[0].help

    assert "`h[child(d, 1)]`" in way("w[d-1]")
    assert "parent" not in way("w[d-1]")
    assert "`index d : tree`" in way("w[parent(d)]")
    assert "`g[c]`" in way("sum(w[child(c, 1)] over c)")
    assert "over v, k" in way("sum(z[k] over k)")


def test_a_node_that_is_bound_anew_has_other_children() -> None:
    assert codes(grove("f[v, k] = sum(z[v] * k over v)\noutput f[v, k]")) == ["RNN402"]
    assert expanded(grove("f[v, k] = sum(z[v] * k over v, k)\noutput f[v, k]")).equations
