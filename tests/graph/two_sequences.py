"""A model on two sequences of which the tests of stages write the equations."""

from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph

HEAD = """
model Net(n = 2):
    index  s, t : sequence
    input  x[t], z[s] : n
    target y[t] : n
    param  W : n, n
"""


def graph_of(*lines: str) -> RecurrenceGraph:
    """Return the graph of the model with some equations."""
    return build(check(HEAD + "".join(f"    {line}\n" for line in lines)))
