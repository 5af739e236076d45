"""Findings about expressions and what stands around them: part of RNN1xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

EXPRESSION_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN122",
        title="chained comparison",
        cause="Comparisons compare two things; more are joined by `and`.",
        bad="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] if 1 < n < 9 else 0  # RNN122
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] if 1 < n and n < 9 else 0
""",
    ),
    Code(
        code="RNN123",
        title="missing operand",
        cause="An operator, or a pair of brackets, lacks what it works on.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] +  # RNN123
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] + 1
""",
    ),
    Code(
        code="RNN124",
        title="missing operator",
        cause="Two operands stand side by side.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    param W : n, n
    h[t] = W x[t]  # RNN124
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    param W : n, n
    h[t] = W @ x[t]
""",
    ),
    Code(
        code="RNN125",
        title="point on the left side",
        cause=(
            "An equation, `init`, declaration or `output` holds for every point, so only plain indices stand "
            "on its left."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t+1] = x[t]  # RNN125
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t-1]
""",
    ),
    Code(
        code="RNN126",
        title="bad shape",
        cause=(
            "`scalar` stands alone, `token(n)` and `point(s)` take one argument, sizes are expressions over dimensions."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t], z[t]
    h[t] = x[t]
    input z[t] : token  # RNN126
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t], z[t]
    h[t] = x[t]
    input z[t] : token(n)
""",
    ),
    Code(
        code="RNN127",
        title="bad index range",
        cause="An index runs over a `sequence`, a range, `cyclic(n)`, a `tree`, a `dag` or `children(n)`.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
    index s : sequnce  # RNN127
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t]
    index s : sequence
""",
    ),
    Code(
        code="RNN128",
        title="bad argument",
        cause=("Named arguments come last and each once; the inputs of a cell have no names; cells take no `over`."),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = clip(low = 0, x[t], 1)  # RNN128
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = clip(x[t], 0, 1)
""",
    ),
    Code(
        code="RNN129",
        title="dot in the wrong place",
        cause="A dot reads a quantity inside a cell: `h.c[t]`. It declares nothing and calls nothing.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x.real(t)  # RNN129
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = abs(x[t])
""",
    ),
    Code(
        code="RNN130",
        title="bad list in braces",
        cause=(
            "A list in braces holds plain words, each standing for itself, and stands where names are "
            "declared or after `for ... in`."
        ),
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    param W_{f,i} : n, n
    h[t] = W_{f,i} @ x[t]  # RNN130
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    param W_{f,i} : n, n
    h[t] = (W_f + W_i) @ x[t]
""",
    ),
    Code(
        code="RNN132",
        title="`=` and `==`",
        cause="`=` and `~` define, once in a statement; `==` compares.",
        bad="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] if n = 2 else 0  # RNN132
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] if n == 2 else 0
""",
    ),
    Code(
        code="RNN133",
        title="parentheses for points",
        cause="Points of index sets stand in square brackets.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    h(t) = x[t]  # RNN133
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
        code="RNN134",
        title="choice without `else`",
        cause="A choice has a value for both cases.",
        bad="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] if n > 1  # RNN134
""",
        good="""\
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output h[t]
    h[t] = x[t] if n > 1 else 0
""",
    ),
    Code(
        code="RNN190",
        title="not supported yet",
        cause="The grammar reserves this; the compiler does not know it yet.",
        bad="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    index u : t // 2  # RNN190
    h[t] = x[t]
""",
        good="""\
model Net(n):
    index t : sequence
    input x[t] : n
    output h[t]
    index u : sequence
    h[t] = x[t]
""",
    ),
)
