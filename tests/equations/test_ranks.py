"""Ranks of expressions as they are written."""

import pytest

from rnndsl.equations.ranks import Ranks
from rnndsl.semantics.model import Type
from rnndsl.sizes import Size
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import Equation, Expression

N = Size.of("n")
RANKS = Ranks(
    {"W": Type((N, N)), "v": Type((N,)), "s": Type(()), "h_2": Type((N,)), "W_readx": Type((N, N))},
    frozenset({"t", "n"}),
)


def expression(text: str) -> Expression:
    """Return the tree of an expression."""
    statement = parse(f"model A(n):\n    x = {text}\n", "a.rnn").blocks[0].body[0]
    assert isinstance(statement, Equation)
    return statement.value


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("2", 0), ("t", 0), ("v[t-1]", 1), ("-v", 1), ("W @ v", 1), ("v @ W", 1), ("v @ v", 0), ("W @ W", 2),
        ("s * v", 1), ("s if t < 2 else v", 1), ("tanh(v)", 1), ("sum(v)", 0), ("sum(v over t)", 1), ("outer(v, v)", 2),
        ("stack(s over t)", 1), ("softmax(v)", 1), ("last(v)", 1), ("length(t)", 0), ("h_{n-1}[t]", 1), ("W_{n}x", 2),
        ("Q", 2), ("q", 1), ("concat(v, s)", 1), ("LSTM(2)(v)", 1), ("norm(v)", 0),
    ],
)  # fmt: skip
def test_rank(text: str, rank: int) -> None:
    assert RANKS.of(expression(text)) == rank
