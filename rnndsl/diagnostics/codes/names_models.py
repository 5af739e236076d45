"""Findings about a model as a whole, its dimensions and its declarations: RNN216 to RNN232."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

MODEL_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN216",
        title="which model is meant is not clear",
        cause="A file may hold several models; then one of them has to be chosen.",
        bad="""\
model One(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    output h[t]

model Two(n):  # RNN216
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    output h[t]
""",
        good="""\
model One(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN217",
        title="there is no model in the file",
        cause="A file that only imports has nothing to compile.",
        bad="""\
from cells import LSTM  # RNN217
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
        code="RNN218",
        title="a dimension is given that the model does not have",
        cause="Values can be given for the names in the first line of the model only.",
    ),
    Code(
        code="RNN219",
        title="a size is not a whole number from 1",
        cause=(
            "Dimensions and sizes are whole numbers from 1 to 2,147,483,647; a division of sizes must leave no rest."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W : n, 0  # RNN219
    h[t] = W @ x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W : n, n
    h[t] = W @ x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN220",
        title="the structure of the model needs a dimension",
        cause=(
            "Bounds of `for`, conditions of `if`, braces in names and offsets decide which equations there are, "
            "so the dimensions in them need values when the spec is compiled."
        ),
        bad="""\
model Net(n, layers):
    index t : sequence
    input x[t] : n
    for l in 1..layers:  # RNN220
        h_{l}[t] = x[t]
    h[t] = h_1[t]
    output h[t]
""",
        good="""\
model Net(n, layers = 1):
    index t : sequence
    input x[t] : n
    for l in 1..layers:
        h_{l}[t] = x[t]
    h[t] = h_1[t]
    output h[t]
""",
    ),
    Code(
        code="RNN221",
        title="something is not known at compile time",
        cause=(
            "Sizes, bounds, braces and the conditions of `if` are computed when the spec is compiled, from "
            "dimensions, constants and loop variables only."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    if y > 1:  # RNN221
        a[t] = x[t]
    h[t] = x[t]
    output h[t]
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    if n > 1:
        h[t] = x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN222",
        title="a compile-time value is of the wrong kind",
        cause=(
            "Where a whole number, a real number or a condition is needed, nothing else can stand; a dropout rate "
            "lies between 0 and 1."
        ),
        bad="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    if n:  # RNN222
        a[t] = x[t]
    h[t] = x[t]
    output h[t]
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    if n > 1:
        a[t] = x[t]
    h[t] = a[t]
    output h[t]
""",
    ),
    Code(
        code="RNN223",
        title="a target and its `~` do not match",
        cause="Every target stands on the left of exactly one `~`, and nothing else does.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    target y[t] : n  # RNN223
    h[t] = x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    target y[t] : n
    h[t] = x[t]
    y[t] ~ normal(h[t])
    output h[t]
""",
    ),
    Code(
        code="RNN224",
        title="there is no such distribution",
        cause=(
            "The distributions are categorical, bernoulli, normal, normal2 and mixture; a mixture needs logits, a "
            "distribution and an `over`."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    target y[t] : n
    h[t] = x[t]
    y[t] ~ gaussian(h[t])  # RNN224
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    target y[t] : n
    h[t] = x[t]
    y[t] ~ normal(h[t])
    output h[t]
""",
    ),
    Code(
        code="RNN225",
        title="there is no such initialiser",
        cause="The initialisers are zeros, ones, constant, uniform, normal, glorot, he, orthogonal and identity.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W ~ xavier  # RNN225
    h[t] : n = W @ x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W ~ glorot
    h[t] : n = W @ x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN226",
        title="the model has nothing to compute",
        cause="A model needs at least one `output`, `loss`, or target with a `~`.",
        bad="""\
model Net(n):  # RNN226
    index t : sequence
    input x[t] : n
    h[t] = 2 * x[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = 2 * x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN227",
        title="a parameter or input is never used",
        cause="Its gradient is exactly 0. This is a warning.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W : n, n  # RNN227
    h[t] = 2 * x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W : n, n
    h[t] = W @ x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN228",
        title="nothing needs an equation",
        cause="Neither an output nor a loss depends on it. This is a warning.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = 2 * x[t]
    g[t] = 3 * x[t]  # RNN228
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = 2 * g[t]
    g[t] = 3 * x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN231",
        title="a shape has more than two sizes",
        cause="Values are scalars, vectors or matrices; further axes are index sets.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W : n, n, 3  # RNN231
    h[t] = x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param W : n, n
    h[t] = W @ x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN232",
        title="only data are points",
        cause=(
            "A point of an index set comes with the data: `target y[t] : point(s)`. What is computed is a number or a "
            "vector."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param p : point(t)  # RNN232
    h[t] = x[t] if t == p else 0
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    input p : point(t)
    h[t] = x[t] if t == p else 0
    output h[t]
""",
    ),
)
