"""Comments in generated code: the equations that the next statements belong to, printed from the graph."""

from collections.abc import Collection
from typing import Final

from rnndsl.graph.graph import EquationInfo, RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.sizes import Size

LONGEST: Final = 100

Line = tuple[str, int]


class Comments:
    """Says before a node which equation it computes, or which one it is the gradient of.

    Cells that are called several times have several equations at one place: a node belongs to the nearest of them.
    """

    def __init__(self, graph: RecurrenceGraph) -> None:
        """Learn the equations of a graph by node and by place, and which of them were stacked."""
        self._graph = graph
        self._by_node: dict[int, EquationInfo] = {}
        self._by_place: dict[Line, dict[int, list[EquationInfo]]] = {}
        self._stacks: dict[tuple[Line, Size], dict[int, list[EquationInfo]]] = {}
        parts: dict[int, list[EquationInfo]] = {}
        for equation in graph.equations.values():
            place = (equation.span.file, equation.span.line)
            self._by_place.setdefault(place, {}).setdefault(equation.node, [equation])
            self._by_node.setdefault(equation.node, equation)
            node = graph.nodes[equation.node]
            if node.op is Op.SLICE:
                parts.setdefault(node.operands[0], []).append(equation)
        for owner, equations in parts.items():
            if len(equations) > 1:
                shape = graph.nodes[owner].shape
                self._stacks.setdefault((self._place(owner), shape[0]), {})[owner] = equations

    def before(self, number: int) -> str:
        """Return the comment for a node, "" if it belongs to no equation."""
        node, place = self._graph.nodes[number], self._place(number)
        own = self._by_node.get(number)
        known = {number: [own]} if own else self._stacks.get((place, node.shape[0])) if node.shape else None
        known = known or self._by_place.get(place, {})
        equations = known[self._nearest(number, known)] if known else []
        return _shown(equations, adjoint=node.adjoint > 0) if equations and equations[0].span.line else ""

    def _place(self, number: int) -> Line:
        span = self._graph.nodes[number].span
        return span.file, span.line

    def _nearest(self, number: int, wanted: Collection[int]) -> int:
        """Return which of some nodes is the nearest by uses and operands that stand at the same place."""
        if len(wanted) > 1:
            place, seen = self._place(number), {number}
            front = [number]
            for node in front:  # grows on the way
                if node in wanted:
                    return node
                near = dict.fromkeys([*self._graph.users[node], *self._graph.nodes[node].operands])
                front += [other for other in near if other not in seen and self._place(other) == place]
                seen.update(near)
        return next(iter(wanted))


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
