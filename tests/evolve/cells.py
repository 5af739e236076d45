"""Cells that tests change, and how a changed one reads."""

from rnndsl.evolve.anatomy import Anatomy
from rnndsl.semantics.check import check
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from rnndsl.syntax.tree import Block, SyntaxTree

ELMAN = """cell Elman(n):
    index t : sequence
    input x[t]
    param W, U, b

    h[t] : n = tanh(W @ h[t-1] + U @ x[t] + b)
    output h[t]
"""
GRU = """cell GRU(n):
    index t : sequence
    input x[t] : n
    param W_{r,z,g}, U_{r,z,g}, b_{r,z,g}

    r[t] = sigmoid(W_r @ x[t] + U_r @ h[t-1] + b_r)
    z[t] = sigmoid(W_z @ x[t] + U_z @ h[t-1] + b_z)
    g[t] = tanh(W_g @ x[t] + U_g @ (r[t] * h[t-1]) + b_g)
    h[t] : n = z[t] * h[t-1] + (1 - z[t]) * g[t]
    output h[t]
"""
LANGUAGE = """model Language(vocab, hidden = 6):
    index  t : sequence
    target y[t] : token(vocab)
    param  V, c

    h[t] = Elman(hidden)(y[t-1])
    y[t] ~ categorical(V @ h[t] + c)
"""
#: A model that can be trained, with its cell in the same file.
WHOLE = f"{ELMAN}\n{LANGUAGE}"


def anatomy(text: str) -> Anatomy:
    """Return the graph of a file's last block, with the types of its quantities."""
    block = parse(text, "<text>").blocks[-1]
    return Anatomy(block, check(text, model=block.name).model.quantities)


def block_of(text: str) -> Block:
    """Return a file's last block, unchecked."""
    return parse(text, "<text>").blocks[-1]


def printed(block: Block) -> str:
    """Return a block in the canonical layout."""
    return format_tree(SyntaxTree((), (block,), (), "<text>"))


def lines(block: Block) -> list[str]:
    """Return a printed block line by line, without margins and with single spaces."""
    return [" ".join(line.split()) for line in printed(block).splitlines()]
