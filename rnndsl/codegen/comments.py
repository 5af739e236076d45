"""Comments in generated code: the equation that the next statements belong to, printed from the graph."""

from rnndsl.graph.graph import EquationInfo, RecurrenceGraph


class Comments:
    """Says before a node which equation it computes, or which one it is the gradient of."""

    def __init__(self, graph: RecurrenceGraph) -> None:
        """Learn the equations of a graph by place."""
        self._graph = graph
        self._by_place: dict[tuple[str, int], EquationInfo] = {}
        self._by_node: dict[int, EquationInfo] = {}
        for equation in graph.equations.values():
            self._by_place.setdefault((equation.span.file, equation.span.line), equation)
            self._by_node.setdefault(equation.node, equation)

    def before(self, number: int) -> str:
        """Return the comment for a node, "" if it belongs to no equation."""
        node = self._graph.nodes[number]
        equation = self._by_node.get(number) or self._by_place.get((node.span.file, node.span.line))
        if equation is None or not equation.span.line:
            return ""
        file = ascii(equation.span.file.rsplit("/", 1)[-1])[1:-1]
        role = "gradient of " if node.adjoint else ""
        return f"{role}{file}:{equation.span.line}  {ascii(equation.text)[1:-1]}"
