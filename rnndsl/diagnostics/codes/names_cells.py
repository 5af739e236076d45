"""Findings about cells: RNN210 to RNN215, RNN230."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

CELL_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN210",
        title="there is no such cell",
        cause="A cell must be defined in the file, or imported; models cannot be used inside others.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cel(n)(x[t])  # RNN210
    output h[t]
""",
        good="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN211",
        title="a cell uses itself",
        cause=(
            "Cells are expanded before anything runs, so a cell inside itself would never end. Recurrence is "
            "written with offsets."
        ),
        bad="""\
cell Cell(n):
    index t : sequence
    input x[t]
    h[t] : n = Cell(n)(x[t])  # RNN211
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t])
    output h[t]
""",
        good="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ h[t-1] + x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN212",
        title="a cell is given other sizes than it takes",
        cause=(
            "The first parentheses after a cell give its dimensions and constants, in order or by name; those "
            "without a default must be given."
        ),
        bad="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n, 2)(x[t])  # RNN212
    output h[t]
""",
        good="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN213",
        title="a cell is given other inputs than it takes",
        cause=(
            "The second parentheses after a cell give one expression for each of its inputs, in order of declaration."
        ),
        bad="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t], x[t])  # RNN213
    output h[t]
""",
        good="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN214",
        title="a cell has not exactly one output",
        cause="The value of a cell is its one `output`.",
        bad="""\
cell Cell(n):
    index t : sequence
    input x[t]
    g[t] = 2 * x[t]
    h[t] : n = 3 * x[t]
    output g[t]
    output h[t]  # RNN214

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t])
    output h[t]
""",
        good="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN215",
        title="a cell is used where there is no equation",
        cause=(
            "A cell makes equations for what is inside it, over the indices on the left. In `init`, `loss`, "
            "`weight` and `scale` there are none: give its value a name first."
        ),
        bad="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    loss mean(sum(Cell(n)(x[t])) over t)  # RNN215
    output h[t]
""",
        good="""\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t])
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = Cell(n)(x[t])
    loss mean(sum(h[t]) over t)
    output h[t]
""",
    ),
    Code(
        code="RNN230",
        title="a cell cannot have a target",
        cause="What is observed and drawn belongs to the model; a cell has inputs and one output.",
        bad="""\
cell Cell(n):
    index t : sequence
    target y[t] : n  # RNN230
    h[t] : n = 2 * y[t-1]
    output h[t]
""",
        good="""\
cell Cell(n):
    index t : sequence
    input y[t] : n
    h[t] : n = 2 * y[t-1]
    output h[t]
""",
    ),
)
