"""Findings about causality: RNN410 to RNN412."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

CYCLE_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN410",
        title="a cycle without a step",
        cause=(
            "Quantities need each other at the same point, so neither can be computed first. Every cycle must "
            "move, in total, along some index."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = tanh(g[t])  # RNN410
    g[t] = x[t] + h[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = tanh(g[t])
    g[t] = x[t] + h[t-1]
    output h[t]
""",
    ),
    Code(
        code="RNN411",
        title="cycles in both directions",
        cause="One cycle needs the steps before, another those after, so the index can be walked neither up nor down.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] : n = tanh(h[t-1] + h[t+1] + x[t])  # RNN411
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    f[t] : n = tanh(f[t-1] + x[t])
    g[t] : n = tanh(g[t+1] + x[t])
    h[t] = f[t] + g[t]
    output h[t]
""",
    ),
    Code(
        code="RNN412",
        title="a cycle through a whole index set",
        cause=(
            "A quantity needs a sum, a first or last point, or a fixed point of itself, which is only known when "
            "all of it is."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] : n = tanh(x[t] + mean(h[t] over t))  # RNN412
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] : n = tanh(x[t] + h[t-1])
    output h[t]
""",
    ),
)
