"""Writing single nodes of small graphs, for tests of the rules."""

from collections.abc import Callable

from rnndsl.compiler import check
from rnndsl.equations.naming import Naming
from rnndsl.equations.operators import RULES
from rnndsl.equations.writing import Writer
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.lower import lower_with_parts

DECLARED = (
    "model A(n = 3, m = 2):\n    index t : sequence\n    index i : 1..m\n    input x[t] : n\n"
    "    input s[t], r[t, i] : scalar\n    input w[t] : token(n)\n    param A : n, m\n    param B : m, n\n"
    "    param C : n, n\n    param b : n\n    param c : m\n"
)


def writer_of(body: str) -> Writer:
    """Return a writer for the graph of a model with the usual declarations, every equation of which is an output."""
    typed = check(DECLARED + "".join(f"    {line}\n" for line in body.splitlines())).model
    graph, parts = lower_with_parts(typed)
    naming = Naming(graph, typed, parts.keys)
    return Writer(graph, naming, RULES)


def written(expression: str) -> str:
    """Return how the node of an expression is written."""
    writer = writer_of(f"loss sum(0 * b)\noutput z = {expression}")
    return writer.define(writer.graph.outputs["z"].node, {}).text()


def written_node(make: Callable[[Builder, dict[str, int]], int]) -> str:
    """Return how a node is written that is made from those of the parameters and inputs."""
    writer = writer_of("loss sum(0 * b)")
    builder = Builder.of(writer.graph)
    sources = {name: builder.param(info) for name, info in writer.graph.params.items()}
    sources |= {name: builder.input(info) for name, info in writer.graph.inputs.items()}
    made = make(builder, sources)
    graph: RecurrenceGraph = finish(builder, writer.graph, [OutputInfo("z", made, builder.nodes[made].domain)])
    naming = Naming(graph, writer.naming.typed, {})
    return Writer(graph, naming, RULES).define(graph.outputs["z"].node, {}).text()
