"""Folded graphs of small models and of the library, for the tests of pictures."""

from rnndsl.compiler import check
from rnndsl.semantics.model import TypedModel
from rnndsl.viz.fold import Folded, Link, fold
from tests.cli.pictures import SPECS

PAIR = (
    "cell Keep(n):",
    "    index t : sequence",
    "    input x[t]",
    "    param W, U, b",
    "    z[t] = sigmoid(W @ x[t] + b)",
    "    h[t] : n = z[t] * h[t-1] + tanh(U @ x[t])",
    "    output h[t]",
    "model Pair(n = 3):",
    "    index t : sequence",
    "    input x[t] : n",
    "    param A",
    "    a[t] : n = A @ h[t-1] + x[t]",
    "    h[t] = Keep(n)(a[t-1])",
    "    g[t] = Keep(n)(a[t] + h[t-2])",
    "    init g[t] = first(x[t] over t)",
    "    output g[t]",
)


def typed_of(lines: tuple[str, ...]) -> TypedModel:
    """Return a checked model."""
    return check("\n".join(lines) + "\n").model


def folded_of(lines: tuple[str, ...], *, params: bool = False) -> Folded:
    """Return the folded graph of a model."""
    return fold(typed_of(lines), params=params)


def library(name: str, *, params: bool = False) -> Folded:
    """Return the folded graph of a spec of the library."""
    return fold(check(SPECS / name).model, params=params)


def needs(folded: Folded) -> set[str]:
    """Return the links as words."""
    return {_words(link) for link in folded.links}


def _words(link: Link) -> str:
    where = ", ".join(part for part in (link.delay, link.place) if part)
    return f"{link.source}{f' [{where}]' if where else ''} -> {link.target}{' (init)' if link.initial else ''}"
