"""Findings about how far a spec expands: RNN505 to RNN509."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

EXPANSION_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN505",
        title="a spec that expands to too much",
        cause=(
            "Loops and cells are unrolled when the spec is compiled: to at most 20,000 equations, 20,000 "
            "parameters 2,000 uses of cells and 100,000 statements, counted before anything is made."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    for i in 1..1000:
        for j in 1..1000:
            for k in 1..1000:
                a_{i}x{j}x{k}[t] = x[t]  # RNN505
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    for i in 1..3:
        a_{i}[t] = x[t]
    h[t] = a_1[t] + a_2[t]
    output a_3[t]
    output h[t]
""",
    ),
    Code(
        code="RNN506",
        title="a delay that is too long",
        cause="A read k steps back keeps k values of every example; k is at most 10,000.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] : n = tanh(h[t-1000000])  # RNN506
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] : n = tanh(h[t-100] + x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN507",
        title="cells nested too deep",
        cause="Cells stand inside each other at most 24 levels deep.",
    ),
    Code(
        code="RNN508",
        title="an expression that is too long",
        cause=(
            "An expression is evaluated with bounded depth; long sums and products are no problem, long chains of "
            "other operators are."
        ),
    ),
    Code(
        code="RNN509",
        title="a number that is too large to compute with",
        cause="Sizes and numbers of the structure are whole numbers; intermediate ones stay below 2^63.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    for i in 1..9^9^9^9:  # RNN509
        a_{i}[t] = x[t]
    h[t] = x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    for i in 2..2^1:
        a_{i}[t] = x[t]
    h[t] = a_2[t]
    output h[t]
""",
    ),
)
