"""Findings about reading and parsing a file within its limits: RNN501 to RNN512."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

SOURCE_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN501",
        title="nested too deep",
        cause="Brackets, powers, signs and choices are nested more than 64 deep.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = ((((((((((((((((((((((((((((((((((((((((
        (((((((((((((((((((((((((x[t])))))))))))))))))))))))))  # RNN501
        ))))))))))))))))))))))))))))))))))))))))
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = 2 * x[t]
""",
    ),
    Code(
        code="RNN502",
        title="too many words",
        cause="The file holds more than 200,000 words and signs.",
    ),
    Code(
        code="RNN503",
        title="name too long",
        cause="Names have at most 64 characters.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
    zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz[t] = x[t]  # RNN503
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t], z[t]
    h[t] = x[t]
    z[t] = x[t]
""",
    ),
    Code(
        code="RNN504",
        title="file too large",
        cause="A spec has at most 1 MB.",
    ),
    Code(
        code="RNN510",
        title="file cannot be read",
        cause="The file does not exist, or may not be read.",
    ),
    Code(
        code="RNN511",
        title="not a regular file",
        cause="Specs are read from regular files only, not from directories, pipes or devices.",
    ),
    Code(
        code="RNN512",
        title="not UTF-8",
        cause="Specs are text in UTF-8; the message names the first byte that is not.",
    ),
)
