"""Findings about lines, blocks and brackets: part of RNN1xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

LINE_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN101",
        title="unexpected word or sign",
        cause="Something stands where the grammar allows only what the message lists.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = sum(x[t] for t)  # RNN101
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = sum(x[t])
""",
    ),
    Code(
        code="RNN102",
        title="missing colon",
        cause=(
            "A line that opens a block (`model`, `cell`, `for`, `if`, `elif`, `else`) ends with a colon; the "
            "block begins on the next line."
        ),
        bad="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    if n > 1  # RNN102
        h[t] = x[t]
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    if n > 1:
        h[t] = x[t]
""",
    ),
    Code(
        code="RNN103",
        title="not a statement",
        cause="A line that begins with no keyword must be an equation (`=`) or a random equation (`~`).",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
    tanh(x[t])  # RNN103
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = tanh(x[t])
""",
    ),
    Code(
        code="RNN104",
        title="unknown statement",
        cause=("The line begins, or goes on, with a word that is none of the language; probably a misspelt keyword."),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = W @ x[t]
    parm W  # RNN104
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = W @ x[t]
    param W : n, n
""",
    ),
    Code(
        code="RNN105",
        title="unclosed bracket",
        cause=("An opening bracket has no closing one. Brackets continue lines, so the statement seems to go on."),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = tanh(x[t]  # RNN105
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = tanh(x[t])
""",
    ),
    Code(
        code="RNN106",
        title="closing bracket without opener",
        cause="A closing bracket closes nothing, or another kind of bracket is open.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = tanh(x[t)]  # RNN106
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = tanh(x[t])
""",
    ),
    Code(
        code="RNN107",
        title="unexpected indentation",
        cause="A line is indented more than the one before although that one opens no block.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    z[t] = x[t]
        h[t] = z[t]  # RNN107
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    z[t] = x[t]
    h[t] = z[t]
""",
    ),
    Code(
        code="RNN108",
        title="tab in the indentation",
        cause="Indentation is made of spaces; how wide a tab is depends on who looks.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
\th[t] = x[t]  # RNN108
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
        code="RNN109",
        title="indentation that fits no block",
        cause="A line goes back to an indentation that no line before it has.",
        bad="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t], z[t]
    if n > 1:
        h[t] = x[t]
  z[t] = x[t]  # RNN109
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t], z[t]
    if n > 1:
        h[t] = x[t]
    z[t] = x[t]
""",
    ),
    Code(
        code="RNN110",
        title="block without a body",
        cause="A line opens a block, but nothing is indented under it.",
        bad="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t], z[t]
    h[t] = x[t]
    if n > 1:  # RNN110
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t], z[t]
    h[t] = x[t]
    if n > 1:
        z[t] = x[t]
""",
    ),
    Code(
        code="RNN111",
        title="statement in the wrong place",
        cause=("Imports, models and cells stand at the left margin; everything else stands inside a model or cell."),
        bad="""\
loss 0  # RNN111
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
    loss 0
""",
    ),
    Code(
        code="RNN112",
        title="`else` without `if`",
        cause="`elif` and `else` continue an `if` with the same indentation.",
        bad="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
    else:  # RNN112
        z[t] = x[t]
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    if n > 1:
        h[t] = x[t]
    else:
        h[t] = 2 * x[t]
""",
    ),
    Code(
        code="RNN131",
        title="empty spec",
        cause="A spec holds at least one model or cell.",
        bad="""\
# nothing yet  # RNN131
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
""",
    ),
)
