"""Names as symbols."""

import pytest

from rnndsl.equations.symbols import Symbols, escaped, size_text, word
from rnndsl.sizes import Size


@pytest.mark.parametrize(
    ("name", "rank", "points", "text"),
    [
        ("h", 1, ["t - 1"], r"\boldsymbol{h}_{t - 1}"),
        ("W_f", 2, [], r"\boldsymbol{W}_{f}"),
        ("f", 1, ["i", "t"], r"\boldsymbol{f}_{i, t}"),
        ("alpha", 0, ["t", "s"], r"\alpha_{t, s}"),
        ("h_1", 1, ["t"], r"\boldsymbol{h}^{(1)}_{t}"),
        ("h_{l-1}", 1, ["t"], r"\boldsymbol{h}^{(l-1)}_{t}"),
        ("W_1", 2, [], r"\boldsymbol{W}_{1}"),
        ("c0", 1, [], r"\boldsymbol{c}_{0}"),
        ("context", 1, ["t"], r"\mathbf{context}_{t}"),
        ("w_beta", 0, [], r"w_{\beta}"),
        ("b_start", 0, [], r"b_{\mathrm{start}}"),
        ("h.c", 1, ["t"], r"\boldsymbol{c}^{(h)}_{t}"),
        ("h_1_W_f", 2, [], r"\boldsymbol{W}^{(h_{1})}_{f}"),
        ("d_h", 1, ["t"], r"\bar{\boldsymbol{h}}_{t}"),
        ("d_a_f", 1, ["t"], r"\bar{\boldsymbol{a}}_{f, t}"),
        ("d_x", 1, ["t"], r"\boldsymbol{d}_{x, t}"),
        ("M0", 1, ["m"], r"\boldsymbol{M}_{0, m}"),
    ],
)
def test_symbols(name: str, rank: int, points: list[str], text: str) -> None:
    assert (
        Symbols(cotangents={"d_h": "h", "d_a_f": "a_f"}, dotted={"h_1_W_f": "h_1.W_f"}).symbol(name, rank, points)
        == text
    )


def test_plain_symbols_are_not_bold() -> None:
    assert Symbols(bold=False).symbol("W_f", 2) == "W_{f}"
    assert Symbols(bold=False).symbol("context", 1) == r"\mathrm{context}"


def test_words_and_sizes() -> None:
    assert [word(name) for name in ("t", "beta", "12", "x_size")] == ["t", r"\beta", "12", r"\mathrm{x\_size}"]
    assert size_text(Size.of("hidden") * 2 + 1) == r"2 \, \mathrm{hidden} + 1"
    assert escaped("50% & {a}_b < ~") == r"50\% \& \{a\}\_b \textless{} \textasciitilde{}"
