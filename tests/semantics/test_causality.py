"""Which models are legal, and what is said of the others."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.semantics.causality import check_generation
from rnndsl.semantics.model import Model
from tests.semantics.specs import codes, expanded, grove, mistakes, net

LEGAL = [
    "a[t] = b[t+1] + x[t]\nb[t] = a[t-2]\noutput b[t]",
    "h[t] = x[t] + h[t+3]\noutput h[t]",
    "index m : 1..3\nh[t, m] = x[t] + h[t, m-1]\noutput h[t, m]",
    "index m : 1..3\nh[t, m] = x[t] + h[t, m-1] + h[t-1, m+1] + h[t-1, 2]\noutput h[t, m]",
    "index k : 1..3\nh[t] = x[t] + sum(h[t-k] over k)\noutput h[t]",
    "index m : cyclic(3)\nh[t, m] = x[t] + softmax(h[t-1, m-1] over m)\noutput h[t, m]",
    "h[t] = h[t-1] + x[t]\ng[t] = g[t+1] + h[t]\noutput g[t]",
    "index m : 1..3\nh[t, m] = x[t] + h[t, m-1] + z[t-1]\nz[t] = sum(h[t, m] over m)\noutput z[t]",
    "h[t] = x[t] + last(x)\ng[t] = h[t] + mean(h[t] over t)\noutput g[t]",
    "target y[t] : n\nh[t] = y[t-1] + x[t]\ny[t] ~ normal(h[t])",
    "h[t] = h[t-1] + x[t]\ninit h[t] = first(x[t] over t)\noutput h[t]",
]
ILLEGAL = [
    ("h[t] = x[t] + h[t]\noutput h[t]", "RNN410"),
    ("a[t] = b[t-1] + x[t]\nb[t] = a[t+1]\noutput b[t]", "RNN410"),
    ("index m : cyclic(3)\nh[t, m] = x[t] + h[t, m-1]\noutput h[t, m]", "RNN412"),
    ("index k : 0..3\nh[t] = x[t] + sum(h[t-k] over k)\noutput h[t]", "RNN410"),
    ("h[t] = h[t-1] + g[t-1] + x[t]\ng[t] = g[t+1] + h[t]\noutput g[t]", "RNN411"),
    ("a[t] = b[t+2] + x[t]\nb[t] = a[t-1] + b[t-1]\noutput b[t]", "RNN411"),
    ("index m : 1..3\nh[t, m] = x[t] + h[t, m-1] + h[t, m+1]\noutput h[t, m]", "RNN411"),
    ("index m : 1..3\nh[t, m] = x[t] + sum(h[t, m] over m)\noutput h[t, m]", "RNN412"),
    ("index m : 1..3\nh[t, m] = x[t] + h[t, 2]\noutput h[t, m]", "RNN412"),
    ("h[t] = x[t] + first(h)\noutput h[t]", "RNN412"),
    ("target y[t] : n\ny[t] ~ normal(x[t] * log_prob(y[t]))", "RNN410"),
    ("target y[t] : n\ny[t] ~ normal(x[t] * e[t-1])\ne[t] = e[t-1] + log_prob(y[t+1])", "RNN410"),
]


LEGAL_GROVES = [
    "h[v] : n = z[v] + sum(h[k] over k)\noutput h[v]",
    "h[v] : n = z[v] + h[child(v, 1)] + sum(h[child(v, m)] over m)\noutput h[v]",
    "h[d] : n = w[d] + sum(f[d, c] over c)\nf[d, c] = h[c]\noutput h[d]",
    "h[v] : n = z[v] + h[parent(v)]\noutput h[v]",
    "h[v] : n = z[v] + uses(h[v] over k)\noutput h[v]",
    "h[d] : n = w[d] + uses(f[d, c] over c)\nf[d, c] = h[d] * c\noutput h[d]",
    "up[v] : n = z[v] + sum(up[k] over k)\ndown[v] : n = uses(up[v] * down[v] * up[k] over k)\noutput down[v]",
    "up[v] : n = z[v] + sum(up[k] over k)\ndown[v] : n = up[v] + down[parent(v)]\noutput down[v]",
    "h[v, t] : n = x[t] + sum(h[k, t] over k) + h[v, t-1]\noutput h[v, t]",
    "h[v, t] : n = x[t] + sum(h[k, t+1] over k) + h[v, t-1]\noutput h[v, t]",
    "h[v, t] : n = x[t] + sum(h[k, t-1] over k) + h[parent(v), t-1]\noutput h[v, t]",
    "h[v, t] : n = x[t] + sum(h[v, t-1] over v)\noutput h[v, t]",
    "h[v, t] : n = x[t] + sum(h[k, t] over k) + sum(h[v, t+1] over v)\noutput h[v, t]",
    "h[v] : n = z[v] + sum(h[k] over k)\ng[v] : n = h[v] + root(h) + mean(h[v] over v)\noutput g[v]",
    "h[s, t] : n = x[t] * u[s] + h[s-1, t] + h[s, t-1]\noutput h[s, t]",
    "h[s, t] : n = x[t] * u[s] + h[s-1, t+1] + h[s, t-1]\noutput h[s, t]",
    "h[s, t] : n = x[t] * u[s] + sum(h[s-1, t] over t) + h[s, t-1]\noutput h[s, t]",
    "h[t] : n = x[t] + sum(softness[t, s] * u[s] over s)\nsoftness[t, s] = softmax(u[s] @ h[t-1] over s)\noutput h[t]",
]
ILLEGAL_GROVES = [
    ("h[v] : n = z[v] + h[v]\noutput h[v]", "RNN410"),
    ("h[v] : n = z[v] + sum(h[k] over k) + h[parent(v)]\noutput h[v]", "RNN419"),
    ("h[v] : n = z[v] + sum(h[k] over k) + uses(h[v] over k)\noutput h[v]", "RNN419"),
    ("h[v, t] : n = x[t] + sum(h[k, t] over k) + h[parent(v), t]\noutput h[v, t]", "RNN419"),
    ("h[v, t] : n = x[t] + sum(h[k, t+1] over k) + h[parent(v), t-1]\noutput h[v, t]", "RNN411"),
    ("h[v, t] : n = x[t] + h[v, t+1] + sum(h[v, t-1] over v)\noutput h[v, t]", "RNN411"),
    ("h[s, t] : n = x[t] + h[s-1, t+1] + h[s+1, t-1]\noutput h[s, t]", "RNN411"),
    ("h[s, t] : n = x[t] + sum(h[s-1, t] over t) + sum(h[s, t-1] over s)\noutput h[s, t]", "RNN411"),
]


@pytest.mark.parametrize("body", LEGAL_GROVES)
def test_legal_along_several_index_sets(body: str) -> None:
    assert expanded(grove(body)).equations


@pytest.mark.parametrize(("body", "code"), ILLEGAL_GROVES)
def test_illegal_along_several_index_sets(body: str, code: str) -> None:
    assert codes(grove(body)) == [code]


@pytest.mark.parametrize("body", LEGAL)
def test_legal(body: str) -> None:
    assert expanded(net(body)).equations


@pytest.mark.parametrize(("body", "code"), ILLEGAL)
def test_illegal(body: str, code: str) -> None:
    assert codes(net(body)) == [code]


def test_the_cycle_is_printed_with_its_places() -> None:
    (found,) = mistakes(net("h[t] = tanh(z[t])\nz[t] = r[t] + x[t]\nr[t] = 2 * h[t]\noutput h[t]"))
    assert found.message == "`h[t]` needs `z[t]` needs `r[t]` needs `h[t]`: no step separates them"
    assert "one step back" in found.help
    assert [found.span.line, *(label.span.line for label in found.labels)] == [4, 5, 6]


def test_offsets_add_up_along_the_path() -> None:
    (found,) = mistakes(net("a[t] = b[t-2] + x[t]\nb[t] = a[t+2]\noutput b[t]"))
    assert "`a[t]` needs `b[t-2]` needs `a[t]`" in found.message


def test_each_component_is_reported_by_itself() -> None:
    body = "a[t] = a[t] + x[t]\nb[t] = b[t-1] + b[t+1] + x[t]\nc[t] = c[t-1] + a[t]\noutput a[t], b[t], c[t]"
    assert codes(net(body)) == ["RNN410", "RNN411"]


def test_thirty_states_that_all_depend_on_each_other() -> None:
    terms = " + ".join(f"a_{i}[t-1]" for i in range(30))
    model = expanded(net(f"for i in 0..29:\n    a_{{i}}[t] = x[t] + {terms}\noutput a_0[t]"))
    assert len(model.equations) == 30


DRAWN_IN_ORDER = [
    "y[t] ~ normal(x[t])",
    "h[t] = x[t] + y[t-1]\ny[t] ~ normal(h[t])",
    "h[t] = h[t-1] + y[t]\ny[t] ~ normal(h[t-1])\noutput h[t]",
    "y[t] ~ normal(y[t+1])",
    "y[t] ~ normal(x[t])\nz = sum(y[t] over t)\noutput z",
    "target u[t] : n\ny[t] ~ normal(x[t])\nu[t] ~ normal(y[t] + u[t-1])",
    "y[t] ~ normal(y[t-1] + log_prob(y[t-2]))",
    "h[t] = y[t+1] + x[t]\ny[t] ~ normal(x[t])\noutput h[t]",
    "index m : 1..3\nh[t, m] = x[t] + h[t, m-1]\ninit h[t, m] = y[t-1]\ny[t] ~ normal(sum(h[t, m] over m))",
]
DRAWN_IN_NO_ORDER = [
    ("h[t] = h[t-1] + y[t]\ny[t] ~ normal(h[t])", "RNN410", "`y[t]` needs `h[t]`"),
    ("y[t] ~ normal(y[t])", "RNN410", "`y[t]` needs `y[t]`"),
    ("h[t] = h[t-1] + y[t-1]\ny[t] ~ normal(h[t] + y[t+1])", "RNN411", "neither up nor down"),
    ("h[t] = h[t-1] + x[t]\ny[t] ~ normal(h[t] + mean(y[t] over t))", "RNN412", "because of mean"),
    ("target u[t] : n\nu[t] ~ normal(y[t])\ny[t] ~ normal(x[t] * log_prob(u[t]))", "RNN410", "needs `log_prob u[t]`"),
    ("target u[t] : n\ny[t] ~ normal(u[t])\nu[t] ~ normal(y[t])", "RNN410", "the points of `y`, `u` in order"),
]


def drawing(body: str) -> Model:
    return expanded(net(f"target y[t] : n\n{body}"))


@pytest.mark.parametrize("body", DRAWN_IN_ORDER)
def test_targets_that_can_be_drawn(body: str) -> None:
    check_generation(drawing(body))


@pytest.mark.parametrize(("body", "code", "message"), DRAWN_IN_NO_ORDER)
def test_targets_that_cannot_be_drawn(body: str, code: str, message: str) -> None:
    model = drawing(body)
    with pytest.raises(SpecError) as caught:
        check_generation(model)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert found.message.startswith("generating needs the points of `")
    assert message in found.message
    assert "points before" in found.help
    assert found.span.line > 3
