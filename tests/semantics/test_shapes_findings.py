"""What is said about shapes that do not fit."""

import pytest

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.semantics.expand import expand
from rnndsl.semantics.shapes import infer_shapes
from rnndsl.semantics.shapes_constraints import MATRIX, VECTOR
from rnndsl.semantics.shapes_findings import show_shape, words
from rnndsl.sizes import Size
from rnndsl.syntax.parse import parse

HEADER = """model Net(n, k):
    index  t : sequence
    input  x[t] : n
    input  v[t] : token(k)
    input  a[t] : scalar
"""


def findings(*lines: str) -> tuple[Diagnostic, ...]:
    model, _ = expand(parse(HEADER + "".join(f"    {line}\n" for line in lines), "net.rnn"))
    with pytest.raises(SpecError) as caught:
        infer_shapes(model)
    return caught.value.diagnostics


RANKS: tuple[tuple[tuple[str, ...], int, str], ...] = (
    (("h[t] = x[t] @ a[t]", "output h[t]"), 6, "`@` takes a matrix and a vector, two matrices, or two vectors"),
    (("param W", "h[t] : k = W @ x[t] + W", "output h[t]"), 7, "here are a vector and a matrix"),
    (("param W", "h[t] = concat(W @ x[t], transpose(W))", "output h[t]"), 7, "`concat` takes vectors"),
    (("param W", "h[t] : k = W @ x[t]", "init h[t] = W", "output h[t]"), 8, "`init` takes the shape that was declared"),
    (("h[t] = 0 if x[t] > 1 else 1", "output h[t]"), 6, "`<` takes a scalar; here it is a vector"),
    (("h[t] = sum(a[t])", "output h[t]"), 6, "`sum` takes a vector or a matrix; here it is a scalar"),
    (("loss sum(x[t] over t)",), 6, "`loss` takes a scalar; here it is a vector"),
    (("target y[t] : k", "y[t] ~ normal(x[t], 1) weight x[t]"), 7, "`weight` takes a scalar"),
)


@pytest.mark.parametrize(("lines", "line", "text"), RANKS)
def test_ranks(lines: tuple[str, ...], line: int, text: str) -> None:
    found = [diagnostic for diagnostic in findings(*lines) if diagnostic.code == "RNN301"]
    assert len(found) == 1
    assert text in found[0].message
    assert found[0].span.line == line
    assert found[0].labels
    assert found[0].help


def test_a_rank_is_followed_to_where_it_was_said() -> None:
    (found,) = findings("param W", "z[t] = tanh(W @ x[t])", "h[t] : k = z[t] + W", "output h[t]")
    assert [label.text for label in found.labels] == [
        "`z` is a vector, since `x` is declared as a vector",
        "`W` is a matrix, since its name begins with a capital letter",
    ]
    assert found.help == "declare the shape of `W` if its name misleads: a declared shape always wins"


def test_sizes_show_both_sides() -> None:
    (found,) = findings("h[t] : n = tanh(x[t]) + v[t]", "output h[t]")
    assert found.code == "RNN302"
    assert [(label.span.line, label.text) for label in found.labels] == [
        (4, "`k`: `v` is declared `token(k)`"),
        (3, "`n`: `x` is declared `n`"),
    ]


def test_one_wrong_declaration_is_one_finding() -> None:
    found = findings("param W : k, k", "h[t] : k = W @ x[t] + W @ (x[t] * 2) + W @ x[t]", "output h[t]")
    assert [diagnostic.code for diagnostic in found] == ["RNN302"]


def test_equal_numbers_are_not_equal_sizes() -> None:
    (found,) = findings("param b : 3", "h[t] = x[t] + b", "output h[t]")
    assert "`3`" in found.message
    assert "`n`" in found.message


def test_open_size_names_the_chain() -> None:
    (found,) = findings("param W, U", "h[t] = tanh(W @ h[t-1] + U @ x[t])", "g[t] = h[t] * 2", "output g[t]")
    assert found.code == "RNN303"
    assert found.message == "the size of `h` stays open, and with it `g`, `W`, `U`"
    assert found.help == "declare it, for example `h[t] : n = ...`"
    assert len(found.labels) == 3


def test_independent_open_sizes_are_findings_of_their_own() -> None:
    found = findings("param W, U", "h[t] = tanh(W @ h[t-1])", "g[t] = tanh(U @ g[t-1])", "output g[t]", "output h[t]")
    assert [diagnostic.span.line for diagnostic in found] == [7, 8]


def test_words() -> None:
    assert words(VECTOR | MATRIX) == "a vector or a matrix"
    assert show_shape((Size.of("n"), Size.of(2))) == "n, 2"
    assert show_shape((Size.of("n"),), token=True) == "token(n)"
    assert show_shape(()) == "scalar"
