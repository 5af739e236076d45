"""Findings about trees and dags: RNN416 to RNN419."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

TREE_CODES: Final[tuple[Code, ...]] = (
    Code(
        code="RNN416",
        title="this needs a tree or a dag",
        cause=(
            "Only the nodes of a tree or dag have children and a root, and only the nodes of a tree have one parent; "
            "`children`, `child`, `leaf` and `root` take the index of either, `parent` that of a tree."
        ),
        bad="""\
model Net(n):
    index m : dag
    input x[m] : n
    h[m] = x[m] + h[parent(m)]  # RNN416
    output h[m]
""",
        good="""\
model Net(n):
    index m : tree
    input x[m] : n
    h[m] = x[m] + h[parent(m)]
    output h[m]
""",
    ),
    Code(
        code="RNN417",
        title="children without their node",
        cause=(
            "An index over children runs over those of the current node, so the node's index stands on the left or "
            "is bound too; and what has a value for every node and child of it is read at that node and child."
        ),
        bad="""\
model Net(n):
    index m : tree
    index k : children(m)
    input x[m] : n
    f[k] = tanh(x[k])  # RNN417
    h[m] = sum(f[k] over k)
    output h[m]
""",
        good="""\
model Net(n):
    index m : tree
    index k : children(m)
    input x[m] : n
    f[m, k] = tanh(x[k])
    h[m] = sum(f[m, k] over k)
    output h[m]
""",
    ),
    Code(
        code="RNN418",
        title="an init needs the node that is missing",
        cause=(
            "An `init` is the value at a child or parent that does not exist. Such a node has no number and no values, "
            "so the expression can only hold numbers, parameters and values per example."
        ),
        bad="""\
model Net(n):
    index m : tree
    input x[m] : n
    h[m] = x[m] + h[parent(m)]
    init h[m] = 2 * x[m]  # RNN418
    output h[m]
""",
        good="""\
model Net(n):
    index m : tree
    input x[m] : n
    h[m] = x[m] + h[parent(m)]
    init h[m] = 2 * root(x)
    output h[m]
""",
    ),
    Code(
        code="RNN419",
        title="children and parents in one cycle",
        cause=(
            "A quantity that reads children is computed from the leaves, one that reads its parent from the root. "
            "Quantities that need each other cannot be computed both ways at once."
        ),
        bad="""\
model Net(n):
    index m : tree
    index k : children(m)
    input x[m] : n
    h[m] : n = tanh(x[m] + sum(h[k] over k) + h[parent(m)])  # RNN419
    output h[m]
""",
        good="""\
model Net(n):
    index m : tree
    index k : children(m)
    input x[m] : n
    up[m] : n = tanh(x[m] + sum(up[k] over k))
    down[m] : n = tanh(up[m] + down[parent(m)])
    output down[m]
""",
    ),
)
