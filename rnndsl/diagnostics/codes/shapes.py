"""Findings about shapes and sizes: RNN3xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

SHAPE_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN301",
        title="scalars, vectors and matrices do not fit together",
        cause=(
            "An operator or function was given values of the wrong rank: a matrix and a vector in a sum, or a scalar "
            "beside `@`. A parameter whose name begins with a capital letter is a matrix, any other one a vector, "
            "unless it is declared or stands alone beside another operand."
        ),
        bad="""\
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    param  W : n, n
    h[t] = W + x[t]  # RNN301
    y[t] ~ normal(h[t])
""",
        good="""\
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    param  W : n, n
    h[t] = W @ x[t]
    y[t] ~ normal(h[t])
""",
    ),
    Code(
        code="RNN302",
        title="two sizes differ",
        cause=(
            "An operator makes two sizes equal that are declared differently. Sizes are compared as they are written: "
            "`n` and `k` differ even where both are given the same number."
        ),
        bad="""\
model Net(n, k):
    index  t : sequence
    input  x[t] : n
    target y[t] : k
    h[t] = tanh(x[t])
    y[t] ~ normal(h[t])  # RNN302
""",
        good="""\
model Net(n, k):
    index  t : sequence
    input  x[t] : n
    target y[t] : k
    param  W
    h[t] = tanh(W @ x[t])
    y[t] ~ normal(h[t])
""",
    ),
    Code(
        code="RNN303",
        title="a size stays open",
        cause=(
            "No equation says how many components a quantity has: everything that it is combined with is open too. One "
            "declaration settles all that share the size."
        ),
        bad="""\
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : scalar
    param  W, U, v
    h[t] = tanh(W @ h[t-1] + U @ x[t])  # RNN303
    y[t] ~ normal(v @ h[t])
""",
        good="""\
model Net(n, hidden):
    index  t : sequence
    input  x[t] : n
    target y[t] : scalar
    param  W, U, v
    h[t] : hidden = tanh(W @ h[t-1] + U @ x[t])
    y[t] ~ normal(v @ h[t])
""",
    ),
    Code(
        code="RNN304",
        title="a target does not suit its distribution",
        cause="`categorical` draws tokens, all other distributions real numbers; the target is declared as the other.",
        bad="""\
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    y[t] ~ categorical(x[t])  # RNN304
""",
        good="""\
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : token(n)
    y[t] ~ categorical(x[t])
""",
    ),
    Code(
        code="RNN305",
        title="an init needs itself",
        cause=(
            "The value of a read outside an index set is given by an `init` that reads, at the same point, something "
            "whose `init` leads back to it."
        ),
        bad="""\
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    h[t] = h[t-1] + x[t]
    init h[t] = h[t]  # RNN305
    y[t] ~ normal(h[t])
""",
        good="""\
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    param  h0 : n
    h[t] = h[t-1] + x[t]
    init h[t] = h0
    y[t] ~ normal(h[t])
""",
    ),
    Code(
        code="RNN306",
        title="components that are not there",
        cause=(
            "`component(a, k)`, `slice(a, i, j)` and `part(a, k, n)` count components and parts from 1, and cut no "
            "more than the vector has; n equal parts need a size that n divides."
        ),
        bad="""\
model Net:
    index  t : sequence
    input  x[t] : 3
    h[t] = component(x[t], 4)  # RNN306
    output h[t]
""",
        good="""\
model Net:
    index  t : sequence
    input  x[t] : 3
    h[t] = component(x[t], 3)
    output h[t]
""",
    ),
)
