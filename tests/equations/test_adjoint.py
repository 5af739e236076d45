"""The adjoint in print: what it reads like, and that it is the gradient."""

from pathlib import Path

import pytest

from rnndsl.compiler import check
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from tests.codegen.programs import PROGRAMS
from tests.equations.printed import SPECS, assert_gradient, printed

LIBRARY = sorted(SPECS.glob("*/*.rnn"))
#: A chain, gates, two delays, trees, a dag, attention, inits, masks, external memory.
PROVED = (
    "models/elman", "cells/lstm", "cells/gru", "models/time_skips", "models/tree_rnn", "models/tree_lstm",
    "models/dag_lstm", "models/rntn", "models/translate", "models/encoder_decoder", "models/word_lm", "models/ntm",
)  # fmt: skip
#: A start that is no number, of what is the same at all points.
REFUSED = "InitWithMoreIndices"

TEXTBOOK = """
    # The model.
    a_h[t] = W @ h[t-1] + U @ x[t] + b
    h[t] : hidden = tanh(a_h[t])
    o[t]   = V @ h[t] + c
    y[t] ~ categorical(o[t])

    # Its adjoint.
    d_o[t]   = (softmax(o[t]) - y[t]) / length(t)
    d_h[t]   = transpose(V) @ d_o[t] + transpose(W) @ d_a_h[t+1]
    d_a_h[t] = d_h[t] * (1 - h[t] ^ 2)

    # The gradient.
    d_W = sum(outer(d_a_h[t], h[t-1]) over t)
    d_U = sum(outer(d_a_h[t], x[t]) over t)
    d_V = sum(outer(d_o[t], h[t]) over t)
    d_b = sum(d_a_h[t] over t)
    d_c = sum(d_o[t] over t)
    output d_W, d_U, d_V, d_b, d_c
"""


def test_vanilla_network_is_the_textbook() -> None:
    assert printed(SPECS / "models" / "elman.rnn").text.endswith(TEXTBOOK)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_library_parses(path: Path) -> None:
    found = printed(path)
    checked = check(found.text)
    assert not checked.warnings
    assert checked.model.model.name == found.name
    assert format_tree(parse(found.text, "adjoint.rnn")) == found.text
    assert {output.name for output in checked.model.model.outputs} >= {
        f"d_{name}" for name, param in checked.model.model.params.items() if not param.frozen
    }
    assert set(found.cotangents) <= set(checked.model.quantities)
    assert set(found.cotangents.values()) <= set(checked.model.quantities)


@pytest.mark.parametrize("name", PROVED)
def test_is_the_gradient(name: str) -> None:
    assert_gradient(SPECS / f"{name}.rnn", examples=1)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != REFUSED])
def test_every_construct_of_the_language(name: str) -> None:
    assert_gradient(PROGRAMS[name], examples=1)


def test_what_is_not_printed() -> None:
    with pytest.raises(SpecError, match="RNN490"):
        printed(PROGRAMS[REFUSED])


def test_cell_gets_cotangents_from_outside() -> None:
    text = printed(SPECS / "cells" / "lstm.rnn").text
    assert "    input D_h[t] : n\n" in text
    assert "d_c[t]   = d_h[t] * o[t] * (1 - tanh(c[t]) ^ 2) + d_c[t+1] * f[t+1]\n" in text
    assert "d_a_f[t] = d_f[t] * f[t] * (1 - f[t])\n" in text


def test_tree_sums_over_parents() -> None:
    text = printed(SPECS / "models" / "tree_lstm.rnn").text
    assert "uses(d_c[n] * f[n, k] over k)" in text
    assert "d_U_f = sum(outer(d_a_f[n, k], h[k]) over n, k)\n" in text


def test_names_that_are_taken() -> None:
    text = assert_gradient(
        "model A(n = 2):\n    index t : sequence\n    input x[t], d_h[t] : n\n    target y[t] : n\n"
        "    param W, a_h, e_1\n    h[t] : n = tanh(W @ h[t-1] + x[t] * d_h[t] + a_h * e_1)\n    y[t] ~ normal(h[t])\n"
    )
    assert "    d_h_2[t]   = transpose(W) @ d_a_h_2[t+1] - (y[t] - h[t]) / length(t)\n" in text
