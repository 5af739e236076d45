"""Findings about imports: RNN520 to RNN527."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

IMPORT_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN520",
        title="files cannot be imported here",
        cause="A spec that is given as text has no folder that an import could be relative to.",
        bad="""\
from "other.rnn" import Cell  # RNN520

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN521",
        title="an import that leads outside",
        cause=(
            "Imports are relative paths to `.rnn` files inside the folder tree of the spec, links followed; no "
            "absolute paths, no addresses, nothing that a system could expand."
        ),
        bad="""\
from "../cells.rnn" import LSTM  # RNN521

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
        good="""\
from cells import LSTM

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN522",
        title="an imported file that cannot be read",
        cause="It does not exist, is no regular file, is larger than a million bytes, or is not in UTF-8.",
        bad="""\
from "missing.rnn" import LSTM  # RNN522

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
        good="""\
from cells import LSTM

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN523",
        title="files import each other",
        cause="A file cannot need itself, directly or through others. The example is a file called `net.rnn`.",
        bad="""\
from "net.rnn" import LSTM  # RNN523

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
        good="""\
from cells import LSTM

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN524",
        title="imports too deep",
        cause="Files import each other at most 16 levels deep.",
    ),
    Code(
        code="RNN525",
        title="too many imported files",
        cause="A spec imports at most 256 files.",
    ),
    Code(
        code="RNN526",
        title="an imported file does not have the cell",
        cause="What is imported must be a cell of that file itself.",
        bad="""\
from cells import LTSM  # RNN526

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LTSM(n)(x[t])
    output h[t]
""",
        good="""\
from cells import LSTM

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN527",
        title="there is no such library",
        cause="Libraries are the folders of specs that come with the compiler, such as `cells`.",
        bad="""\
from cell import LSTM  # RNN527

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
        good="""\
from cells import LSTM

model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = LSTM(n)(x[t])
    output h[t]
""",
    ),
)
