"""Graphs made from a few lines of the language, for the tests of scheduling."""

from collections.abc import Mapping

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Affine, Index
from rnndsl.ops import Op
from rnndsl.schedule.plan import Evaluate, Layout, Loop, Step

HEAD = "model Net(n = 4, k = 3):\n    index t, s : sequence\n    index i : 1..k\n"

#: What a model with a tree m declares besides, and one with a third sequence u.
TREE = ("index m : tree", "index c : children(m)")
THIRD = "index u : sequence"


def graph_of(*lines: str, dims: Mapping[str, int] | None = None) -> RecurrenceGraph:
    """Return the graph of a model with sequences t and s, a range i of k points, and these statements."""
    return build(check(HEAD + "".join(f"    {line}\n" for line in lines), dims=dims))


def adjoint_of(*lines: str) -> RecurrenceGraph:
    """Return the adjoint graph of such a model."""
    return differentiate(graph_of(*lines))


def node_of(graph: RecurrenceGraph, name: str) -> int:
    """Return the node of an equation."""
    return graph.equations[name].node


def read_of(graph: RecurrenceGraph, name: str, offset: int) -> int:
    """Return the only READ of an equation or input that steps by `offset` along one index."""
    own = [n for n, node in graph.nodes.items() if node.op is Op.INPUT and node.attr == name]
    wanted = graph.equations[name].node if name in graph.equations else own[0]
    (found,) = [
        number
        for number, node in graph.nodes.items()
        if node.op is Op.READ
        and node.operands[0] == wanted
        and any(isinstance(a, Affine) and a.offset == offset for _, a in node.attr.at)  # type: ignore[union-attr]
    ]
    return found


def loops_of(steps: tuple[Step, ...]) -> list[Loop]:
    """Return the outermost loops."""
    return [step for step in steps if isinstance(step, Loop)]


def order_of(steps: tuple[Step, ...]) -> list[int]:
    """Return all nodes in the order in which they are evaluated, each where it is evaluated first."""
    found: dict[int, None] = {}
    for step in steps:
        found |= dict.fromkeys([step.node] if isinstance(step, Evaluate) else order_of(step.body))
    return list(found)


def index_of(graph: RecurrenceGraph, name: str) -> Index:
    """Return an index."""
    return next(index for index in graph.indices if index.name == name)


def layout_of(layout: Layout | None) -> str:
    """Print a layout: "ts along t" where earlier steps are slices, "ts by 2t+s" where not."""
    if layout is None:
        return ""
    names = "".join(index.name for index in layout.indices)
    walk = "+".join(f"{weight if weight != 1 else ''}{index.name}" for index, weight in layout.walk)
    return f"{names} {'along' if layout.sliced else 'by'} {walk}"
