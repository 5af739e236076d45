"""The error of a graph that is not well formed."""

from rnndsl.graph.errors import GraphError


def test_it_names_the_node() -> None:
    error = GraphError("it is bent", 7)
    assert (str(error), error.node) == ("node %7: it is bent", 7)
    assert str(GraphError("all is bent")) == "all is bent"
