"""Findings about characters, numbers and words: part of RNN1xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

WORD_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN113",
        title="character without a meaning",
        cause=("The character does not belong to the language. Names are made of ASCII letters, digits and `_`."),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = \u03b1 * x[t]  # RNN113
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    param alpha : scalar
    h[t] = alpha * x[t]
""",
    ),
    Code(
        code="RNN114",
        title="hidden character",
        cause=(
            "A character that cannot be seen, or that changes how others are shown, is refused everywhere, "
            "comments included."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] =\u00a0x[t]  # RNN114
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
""",
    ),
    Code(
        code="RNN115",
        title="not a number",
        cause="Numbers are written `3`, `0.5`, `1e-5` or `1.5e3`.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = .5 * x[t]  # RNN115
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = 0.5 * x[t]
""",
    ),
    Code(
        code="RNN116",
        title="number too large",
        cause="The number has too many digits, or is beyond the largest floating-point number.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = 1e999 * x[t]  # RNN116
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = 1e9 * x[t]
""",
    ),
    Code(
        code="RNN117",
        title="name with a leading underscore",
        cause="Names begin with a letter.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
    _z[t] = x[t]  # RNN117
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t], z_[t]
    h[t] = x[t]
    z_[t] = x[t]
""",
    ),
    Code(
        code="RNN118",
        title="reserved word",
        cause="`and or not if elif else for in` cannot be names.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
    in[t] = x[t]  # RNN118
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t], inner[t]
    h[t] = x[t]
    inner[t] = x[t]
""",
    ),
    Code(
        code="RNN119",
        title="text in quotes",
        cause="Only the file name of an import stands in quotes.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = 'x'  # RNN119
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
""",
    ),
    Code(
        code="RNN120",
        title="text without its closing quote",
        cause="The file name of an import ends with a double quote on the same line.",
        bad="""\
from "cells.rnn import LSTM  # RNN120
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
""",
        good="""\
from cells import LSTM
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
""",
    ),
    Code(
        code="RNN121",
        title="operator of another language",
        cause="The message names what this language writes instead.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] ** 2  # RNN121
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] ^ 2
""",
    ),
    Code(
        code="RNN150",
        title="number too small",
        cause="The number is below the smallest floating-point number and becomes 0.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = 1e-999 * x[t]  # RNN150
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = 1e-9 * x[t]
""",
    ),
)
