"""Pictures of models of a few lines, and of the library, for the tests of `rnndsl unfold`."""

from pathlib import Path

from rnndsl.cli.picture import make_picture
from rnndsl.cli.view import View
from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.viz.picture import Picture

SPECS = Path(__file__).resolve().parents[2] / "specs"

GRID = (
    "model Grid(n = 2):",
    "    index i, j : sequence",
    "    input x[i, j] : n",
    "    h[i, j] : n = tanh(x[i, j] + h[i-1, j] + h[i, j+1])",
    "    output z = mean(h[i, j] over i, j)",
)
TREE = (
    "model Tree(n = 2):",
    "    index m : tree",
    "    index k : children(m)",
    "    input x[m] : n",
    "    f[m, k] = sigmoid(x[m] + h[k])",
    "    h[m] : n = tanh(x[m] + sum(f[m, k] * h[k] over k))",
    "    output z = root(h[m] over m)",
)
MEMORY = (
    "model Memory(slots = 100, n = 2):",
    "    index t : sequence",
    "    index m : cyclic(slots)",
    "    index j : -1..1",
    "    input x[t] : n",
    "    M[t, m] : n = tanh(x[t] + sum(M[t-1, m-j] over j))",
    "    output z[t] = sum(M[t, m] over m)",
)
ATTENTION = (
    "model Attend(n = 2):",
    "    index s : sequence",
    "    index t : sequence",
    "    input x[s] : n",
    "    input y[t] : n",
    "    a[s] = tanh(x[s])",
    "    e[t, s] = d[t-1] @ a[s]",
    "    w[t, s] = softmax(e[t, s] over s)",
    "    d[t] : n = tanh(y[t] + sum(w[t, s] * a[s] over s))",
    "    output d[t]",
)


def graph_of(lines: tuple[str, ...]) -> RecurrenceGraph:
    """Return the graph of a model."""
    return build(check("\n".join(lines) + "\n"))


def picture_of(lines: tuple[str, ...], view: View | None = None) -> Picture:
    """Return the picture of a model."""
    return make_picture(graph_of(lines), view or View())


def library_picture(name: str, view: View) -> Picture:
    """Return the picture of a spec of the library."""
    return make_picture(build(check(SPECS / name)), view)
