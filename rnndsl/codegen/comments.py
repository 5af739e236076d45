"""Comments in generated code: the equations that the next statements belong to, printed from the graph."""

from typing import Final

from rnndsl.graph.graph import EquationInfo, RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.sizes import Size

LONGEST: Final = 100

Line = tuple[str, int]


class Comments:
    """Says before a node which equation it computes, or which one it is the gradient of."""

    def __init__(self, graph: RecurrenceGraph) -> None:
        """Learn the equations of a graph by node and by place, and which of them were stacked."""
        self._graph = graph
        self._by_place: dict[Line, EquationInfo] = {}
        self._by_node: dict[int, EquationInfo] = {}
        self._stacks: dict[tuple[Line, Size], list[EquationInfo]] = {}
        parts: dict[int, list[EquationInfo]] = {}
        for equation in graph.equations.values():
            self._by_place.setdefault((equation.span.file, equation.span.line), equation)
            self._by_node.setdefault(equation.node, equation)
            node = graph.nodes[equation.node]
            if node.op is Op.SLICE:
                parts.setdefault(node.operands[0], []).append(equation)
        for owner, equations in parts.items():
            span, shape = graph.nodes[owner].span, graph.nodes[owner].shape
            if len(equations) > 1:
                self._stacks[(span.file, span.line), shape[0]] = equations

    def before(self, number: int) -> str:
        """Return the comment for a node, "" if it belongs to no equation."""
        node = self._graph.nodes[number]
        place = (node.span.file, node.span.line)
        own = self._by_node.get(number)
        stacked = self._stacks.get((place, node.shape[0])) if node.shape and own is None else None
        if stacked:
            return _shown(stacked, adjoint=node.adjoint > 0)
        equation = own or self._by_place.get(place)
        return _shown([equation], adjoint=node.adjoint > 0) if equation and equation.span.line else ""


def _shown(equations: list[EquationInfo], *, adjoint: bool) -> str:
    """Print one equation, or the names of several, with file and line."""
    first = equations[0]
    file = _plain(first.span.file.rsplit("/", 1)[-1])
    text = first.text if len(equations) == 1 else ", ".join(equation.name for equation in equations)
    line = f"{'gradient of ' if adjoint else ''}{file}:{first.span.line}  {_plain(text)}"
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _plain(text: str) -> str:
    """Return printable ASCII only, so that nothing can end a comment."""
    return ascii(text)[1:-1]
