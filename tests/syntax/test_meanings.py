"""Shapes, index ranges, plain indices and word lists."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.syntax.tree import DataDeclaration, ForBlock, IndexDeclaration
from tests.syntax.equality import statement


@pytest.mark.parametrize(
    ("text", "kind", "count"),
    [
        ("sequence", "sequence", 0),
        ("tree", "tree", 0),
        ("dag", "dag", 0),
        ("cyclic(n + 1)", "cyclic", 1),
        ("children(n)", "children", 1),
        ("1..n", "range", 2),
        ("sequence..tree", "range", 2),
    ],
)
def test_index_ranges(text: str, kind: str, count: int) -> None:
    found = statement(f"index k : {text}")
    assert isinstance(found, IndexDeclaration)
    assert (found.kind, len(found.bounds)) == (kind, count)


@pytest.mark.parametrize(
    ("text", "kind", "count"),
    [
        ("scalar", "scalar", 0),
        ("token(n)", "token", 1),
        ("point(s)", "point", 1),
        ("n", "sizes", 1),
        ("n, 2 * m", "sizes", 2),
        ("token_count", "sizes", 1),
    ],
)
def test_shapes(text: str, kind: str, count: int) -> None:
    found = statement(f"input x : {text}")
    assert isinstance(found, DataDeclaration)
    assert found.shape is not None
    assert (found.shape.kind, len(found.shape.sizes)) == (kind, count)


@pytest.mark.parametrize(
    ("text", "code", "way"),
    [
        ("index k : n", "RNN127", "an index is a `sequence`"),
        ("index k : sequnce", "RNN127", "did you mean `sequence`?"),
        ("index k : cyclc(n)", "RNN127", "did you mean `cyclic`?"),
        ("index k : cyclic(n, m)", "RNN127", "an index is a"),
        ("index k : n + 1", "RNN127", "an index is a"),
        ("input x : token", "RNN126", "for example `token(n)`"),
        ("input x : token(n, m)", "RNN126", "for example `token(n)`"),
        ("input x : token(n over t)", "RNN126", "for example `token(n)`"),
        ("input x : point(s + 1)", "RNN126", "for example `point(s)`"),
        ("input x : n, scalar", "RNN126", "stand alone"),
        ("input x : n[t]", "RNN126", "write the sizes alone"),
        ("h[t-1] = 2", "RNN125", "shift what is read on the right"),
        ("output h[2]", "RNN125", "`init h[t] = ...`"),
        ("for k in words:\n    {k} = 1", "RNN130", "`1..n` or"),
        ("for k in a_{b}:\n    {k} = 1", "RNN130", "`1..n` or"),
        ("for k in {a + b}:\n    {k} = 1", "RNN130", "`1..n` or"),
    ],
)
def test_refused(text: str, code: str, way: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text)
    (found,) = error.value.diagnostics
    assert found.code == code
    assert way in found.help


def test_words() -> None:
    found = statement("for k in {a, b}:\n    {k} = 1")
    assert isinstance(found, ForBlock)
    assert found.words == ("a", "b")
