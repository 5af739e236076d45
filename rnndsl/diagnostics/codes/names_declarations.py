"""Findings about names and functions: RNN201 to RNN209."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

DECLARATION_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN201",
        title="a name is not declared",
        cause=(
            "Every name that is read must be declared: a parameter, an input, an index, or the left side of an "
            "equation. A misspelt name is never taken for a new weight."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param Wx
    h[t] : n = tanh(Wy @ x[t])  # RNN201
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param Wx
    h[t] : n = tanh(Wx @ x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN202",
        title="there is no such function",
        cause="The functions of the language are a closed list; what is called must be one of them, or a cell.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = tahn(x[t])  # RNN202
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = tanh(x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN203",
        title="a name has two meanings",
        cause=(
            "Dimensions, indices, loop variables, quantities and parameters share one namespace in each cell or "
            "model, and every quantity has one equation, one init and one distribution."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param n  # RNN203
    h[t] = n * x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param k
    h[t] = k * x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN204",
        title="a function name is reserved",
        cause=(
            "Names of functions, distributions and initialisers cannot be names of quantities, so that a call is "
            "always a call."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    tanh[t] = 2 * x[t]  # RNN204
    h[t] = 3 * x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    a[t] = 2 * x[t]
    h[t] = 3 * a[t]
    output h[t]
""",
    ),
    Code(
        code="RNN205",
        title="an equation for something that has its value",
        cause=(
            "Parameters are learned, inputs and targets come with the data: none of them can be the left side of "
            "an equation."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    x[t] = 1  # RNN205
    h[t] = 2 * x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    a[t] = 2 * x[t]
    h[t] = 2 * a[t]
    output h[t]
""",
    ),
    Code(
        code="RNN206",
        title="a function is called with other arguments than it takes",
        cause=(
            "Each function takes its own number of arguments; those after the first may be given by name where it "
            "has names."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = tanh(x[t], 2)  # RNN206
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = tanh(2 * x[t])
    output h[t]
""",
    ),
    Code(
        code="RNN207",
        title="what is called is not a function",
        cause=(
            "Quantities are read with square brackets and multiplied with an operator; cells take their sizes "
            "first; distributions and initialisers stand after a tilde."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W
    h[t] : n = W(x[t])  # RNN207
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W
    h[t] : n = W @ x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN208",
        title="a name has no value",
        cause=(
            "Words of a loop and cells made by `let` are no numbers: a word stands in the braces of a name, a "
            "cell is applied to its inputs."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    for k in {a, b}:
        h_{k}[t] = x[t] * k  # RNN208
    h[t] = h_a[t] + h_b[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    for k in {a, b}:
        h_{k}[t] = x[t]
    h[t] = h_a[t] + h_b[t]
    output h[t]
""",
    ),
    Code(
        code="RNN209",
        title="braces give no name",
        cause=(
            "A brace in a name holds a word or a whole number from 0; together with what stands around it, it "
            "must give a name that begins with a letter."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h_{0-1}[t] = x[t]  # RNN209
    h[t] = 2 * x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h_{1}[t] = x[t]
    h[t] = 2 * h_1[t]
    output h[t]
""",
    ),
)
