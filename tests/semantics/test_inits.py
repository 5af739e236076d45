"""Inits at children and parents that do not exist."""

import pytest

from tests.semantics.specs import codes, expanded, grove, mistakes

HEAD = "input q : n\nparam h0\n"


@pytest.mark.parametrize("read", ["h[parent(v)]", "h[child(v, 2)]", "sum(h[child(v, m)] over m)"])
@pytest.mark.parametrize(
    ("start", "wrong"),
    [
        ("1", False),
        ("h0", False),
        ("q + mean(z[v] over v) + sum(z[k] over v, k) + root(z)", False),
        ("length(v)", False),
        ("z[v]", True),
        ("2 * v", True),
        ("1 if leaf(v) else 0", True),
        ("length(k)", True),
        ("sum(z[k] over k)", True),
        ("z[parent(v)]", True),
    ],
)
def test_what_a_missing_node_has(read: str, start: str, wrong: bool) -> None:  # noqa: FBT001
    body = f"{HEAD}h[v] : n = z[v] + {read}\ninit h[v] = {start}\noutput h[v]"
    assert codes(grove(body)) == ["RNN418"] * wrong


def test_a_node_that_is_there_may_be_read() -> None:
    moves = "h[v, t] : n = z[v] + h[v, t-1] + sum(h[k, t] over k)\ninit h[v, t] = z[v]\noutput h[v, t]"
    assert expanded(grove(moves)).inits
    mixed = "h[v, t] : n = x[t] + h[child(v, 1), t-1]\ninit h[v, t] = x[t]\noutput h[v, t]"
    assert expanded(grove(mixed)).inits


def test_both_places_are_shown() -> None:
    (found,) = mistakes(grove("h[v] : n = z[v] + h[parent(v)]\ninit h[v] = h0 + z[v]\nparam h0\noutput h[v]"))
    assert (found.span.line, found.labels[0].span.line) == (13, 12)
    assert "`init h = h0`" in found.help
