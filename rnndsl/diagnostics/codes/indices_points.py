"""Findings about indices and points: RNN401 to RNN409, RNN413 to RNN415, RNN490."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

POINT_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN401",
        title="another number of points than indices",
        cause="Square brackets hold one point for every index of a quantity, never components of a vector.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t, 1]  # RNN401
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
        code="RNN402",
        title="an index is not bound",
        cause=(
            "Every index on the right is on the left too, or bound by an `over` around it. An `init` binds the "
            "indices in its brackets, a `loss` binds none."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    index m : 1..3
    h[t] = x[t] * m  # RNN402
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    index m : 1..3
    h[t] = sum(x[t] * m over m)
    output h[t]
""",
    ),
    Code(
        code="RNN403",
        title="a point of the wrong index set",
        cause=(
            "A sequence is read at its own index, some steps back or ahead; a range at points of ranges; a tree or "
            "dag at its nodes, their children and parents. Different index sets cannot be mixed."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    index m : 1..3
    h[t] = sum(x[m] over m)  # RNN403
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    index m : 1..3
    w[t, m] = x[t] * m
    h[t] = sum(w[t, m] over m)
    output h[t]
""",
    ),
    Code(
        code="RNN404",
        title="this is not a point",
        cause="A point is an index, an index plus or minus a fixed number or another index, or a number.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[2 * t]  # RNN404
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t-2]
    output h[t]
""",
    ),
    Code(
        code="RNN405",
        title="this is not an index",
        cause="On the left, after `over` and after `tie` stand indices that are declared with `index`.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    g[s] = 1  # RNN405
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = x[t]
    g[t] = 1
    output g[t], h[t]
""",
    ),
    Code(
        code="RNN406",
        title="`over` where it cannot stand, or missing",
        cause="Reductions and normalisations bind indices with `over`; `stack` needs it; other functions take none.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = tanh(x[t] over t)  # RNN406
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = tanh(sum(x[t] over t))
    output h[t]
""",
    ),
    Code(
        code="RNN407",
        title="a quantity is read without its points",
        cause=(
            "What varies over indices is read at a point: `h[t-1]`. Only `first(h)`, `last(h)` and `root(h)` take the "
            "bare name, where it has one index."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = 2 * x  # RNN407
    output h[t]
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
        code="RNN408",
        title="an index stands twice",
        cause="On the left and after `over` every index stands once; two indices may run over the same set.",
        bad="""\
model Net(n):
    index i : 1..n
    param w[i] : scalar
    h[i, i] = w[i]  # RNN408
    output w[i]
""",
        good="""\
model Net(n):
    index i, j : 1..n
    param w[i] : scalar
    h[i, j] = w[i] * w[j]
    output h[i, j]
""",
    ),
    Code(
        code="RNN409",
        title="the indices of a cell do not fit its place of use",
        cause=(
            "The indices of a cell's output are bound, in order, to those on the left of the equation; bound "
            "indices must run over the same sets. `backward over` names some of them, no trees or dags."
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
    z = Cell(n)(last(x))  # RNN409
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
        code="RNN413",
        title="a range without points, or with too many",
        cause="A fixed range runs upwards from its first to its last point, and has at most 10,000,000 points.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    index m : 3..1  # RNN413
    h[t] = sum(x[t] * m over m)
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    index m : 1..3
    h[t] = sum(x[t] * m over m)
    output h[t]
""",
    ),
    Code(
        code="RNN414",
        title="a normalisation over an index that is not on the left",
        cause=(
            "`softmax` and `normalize` keep their indices and return the value at the current point, so the point "
            "must be known there."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    index m : 1..3
    h[t] = softmax(x[t] * m over m)  # RNN414
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    index m : 1..3
    w[t, m] = softmax(x[t] * m over m)
    h[t] = w[t, 1]
    output h[t]
""",
    ),
    Code(
        code="RNN415",
        title="a parameter over a sequence or a tree",
        cause=(
            "A parameter is one value for all data, so it cannot have one for each point of a sequence or node of a "
            "tree; it may be a family over fixed ranges."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param w[t]  # RNN415
    h[t] = w[t] * x[t]
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    param w
    h[t] = w * x[t]
    output h[t]
""",
    ),
    Code(
        code="RNN490",
        title="not supported yet",
        cause=(
            "The language may have it one day, this compiler has not: points that depend on data, values for pairs of "
            "children, `stack` over an index that runs backwards."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    input d : scalar
    h[t] = x[t-d]  # RNN490
    output h[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    input d : scalar
    h[t] = x[t-1] if d == 1 else x[t-2]
    output h[t]
""",
    ),
    Code(
        code="RNN420",
        title="a point that is never there",
        cause=(
            "A read at a fixed point which the range does not have gives the `init`, or zero, for every example. "
            "Ranges count from the number that they are declared with, `1..n` from 1."
        ),
        bad="""\
model Net(n):
    index  m : 1..3
    input  x[m] : n
    output z = x[0] + x[1]  # RNN420
""",
        good="""\
model Net(n):
    index  m : 1..3
    input  x[m] : n
    output z = x[1] + x[2]
""",
    ),
)
