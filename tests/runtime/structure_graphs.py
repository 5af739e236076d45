"""Graphs over trees, dags and several sequences, made by hand: inputs and indices, and what asks for a root."""

from rnndsl.graph.graph import InputInfo, OutputInfo, RecurrenceGraph
from rnndsl.graph.node import Node, Over, ReadAt
from rnndsl.indices import Domain, Index, Kind, Root
from rnndsl.ops import DType, Op
from rnndsl.sizes import Size

TREE, DAG = Index("n", Kind.TREE, 0), Index("n", Kind.DAG, 0)
K, D_K = Index("k", Kind.CHILDREN, 1, of=TREE), Index("k", Kind.CHILDREN, 1, of=DAG)
ROWS, COLUMNS, S = Index("i", Kind.SEQUENCE, 2), Index("j", Kind.SEQUENCE, 3), Index("s", Kind.SEQUENCE, 4)
SIZE = Size.of(2)


def vectors(name: str, domain: Domain) -> InputInfo:
    return InputInfo(name, domain, (SIZE,), None, "input")


def tokens(name: str, domain: Domain, vocabulary: int = 5) -> InputInfo:
    return InputInfo(name, domain, (), Size.of(vocabulary), "input")


def points(name: str, domain: Domain, index: Index) -> InputInfo:
    return InputInfo(name, domain, (), None, "target", point=index)


def graph(*inputs: InputInfo, indices: Domain, rooted: bool = False) -> RecurrenceGraph:
    """Return a graph that has these inputs and, if `rooted`, reads the root of its first index."""
    nodes = {
        k: Node(Op.INPUT, (), info.domain, info.shape, batch=True, attr=info.name) for k, info in enumerate(inputs)
    }
    if rooted:
        at = ReadAt(((indices[0], Root()),))
        nodes[len(nodes)] = Node(Op.READ, (0,), (), inputs[0].shape, batch=True, attr=at)
    return RecurrenceGraph(
        "Hand", {}, frozenset(), indices, {}, {info.name: info for info in inputs}, nodes,
        {info.name: OutputInfo(info.name, k, info.domain) for k, info in enumerate(inputs)},
    )  # fmt: skip


def with_maximum(*, guarded: bool) -> RecurrenceGraph:
    """Return a graph with max(x[n] over k), or with 0 if x[n] < 0 else max(x[n] over k)."""
    info = InputInfo("x", (TREE,), (), None, "input")
    nodes = {
        0: Node(Op.INPUT, (), (TREE,), (), batch=True, attr="x"),
        1: Node(Op.MAX, (0,), (TREE,), (), batch=True, attr=Over((K,))),
        2: Node(Op.TANH, (1,), (TREE,), (), batch=True),
        3: Node(Op.CONST, (), (), (), batch=False, attr=0.0),
        4: Node(Op.LESS, (0, 3), (TREE,), (), batch=True, dtype=DType.BOOL),
        5: Node(Op.WHERE, (4, 3, 2), (TREE,), (), batch=True),
    }
    output = OutputInfo("h", 5 if guarded else 2, (TREE,))
    return RecurrenceGraph("Hand", {}, frozenset(), (TREE, K), {}, {"x": info}, nodes, {"h": output})
