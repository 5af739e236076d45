"""Contractions as products of linear algebra."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.build import Builder
from rnndsl.graph.node import Labels
from rnndsl.indices import Domain
from tests.equations.graphs import written, written_node


@pytest.mark.parametrize(
    ("labels", "names", "text"),
    [
        ("ij,j->i", "Ac", "A @ c"),
        ("ij,i->j", "Ab", "transpose(A) @ b"),
        ("j,ij->i", "cA", "A @ c"),
        ("i,ij->j", "bA", "transpose(A) @ b"),
        ("i,i->", "bb", "b @ b"),
        ("i,j->ij", "bc", "outer(b, c)"),
        ("i,j->ji", "bc", "outer(c, b)"),
        ("i,i->i", "bb", "b ^ 2"),
        ("ij,ij->", "AA", "sum(A ^ 2)"),
        ("ij,jk->ik", "AB", "A @ B"),
        ("ij,kj->ik", "AC", None),
        ("ij,kj->ik", "AA", "A @ transpose(A)"),
        ("ji,jk->ik", "AA", "transpose(A) @ A"),
        ("ij,jk->ki", "AB", "transpose(B) @ transpose(A)"),
        ("ij->ji", "A", "transpose(A)"),
        ("ij->", "A", "sum(A)"),
        ("i->", "b", "sum(b)"),
        ("ij->i", "A", None),
        ("ij,i->ij", "Ab", None),
    ],
)
def test_value_axes(labels: str, names: str, text: str | None) -> None:
    operands, _, out = labels.partition("->")

    def make(builder: Builder, sources: dict[str, int]) -> int:
        given = [sources[name] for name in names]
        return builder.contract(Labels(tuple(operands.split(",")), out), given, (), batch=False)

    if text is None:
        with pytest.raises((SpecError, ValueError)):
            written_node(make)
    else:
        assert written_node(make) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("sum(x[t] over t)", "sum(x[t] over t)"),
        ("sum(s[t] * r[t, i] over t, i)", "sum(sum(s[t] * r[t, i] over t) over i)"),
        ("sum(b over t)", "b * length(t)"),
        ("sum(s[t] over t, i)", "sum(s[t] over t) * m"),
        ("sum(C @ w[t] over t)", "sum(C @ w[t] over t)"),
        ("sum(w[t] @ C over t)", "sum(w[t] @ C over t)"),
        ("sum(s[t] * (C @ x[t]) over t)", "sum(s[t] * (C @ x[t]) over t)"),
        ("sum(b @ w[t] over t)", "sum(w[t] @ b over t)"),
    ],
)
def test_indices(expression: str, text: str) -> None:
    assert written(expression) == text


def test_scalars_stand_outside_products() -> None:
    def make(builder: Builder, sources: dict[str, int]) -> int:
        domain: Domain = builder.nodes[sources["s"]].domain
        scaled = builder.contract(Labels(("", "i"), "i"), [sources["s"], sources["x"]], domain, batch=True)
        return builder.contract(Labels(("ij", "j"), "i"), [sources["C"], scaled], domain, batch=True)

    assert written_node(make) == "s[t] * (C @ x[t])"
