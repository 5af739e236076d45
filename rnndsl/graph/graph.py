"""The recurrence graph: an immutable table of nodes, with a networkx view for whoever analyses it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.graph.components import in_order, strong_components
from rnndsl.graph.node import Node, Over
from rnndsl.indices import Domain, Index, ordered
from rnndsl.ops import Op

if TYPE_CHECKING:
    import networkx as nx
from rnndsl.sizes import Shape, Size


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """A parameter: an array of its range indices' extents followed by `shape`."""

    name: str
    domain: Domain
    shape: Shape
    initialiser: tuple[str, tuple[float, ...]]
    frozen: bool
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class InputInfo:
    """An input or target; `token` is the vocabulary's size for tokens, whose `shape` is then ().

    Of points of another index set, `point` is that index; they are whole numbers of shape (), too.
    """

    name: str
    domain: Domain
    shape: Shape
    token: Size | None
    role: str
    span: Span = NOWHERE
    point: Index | None = None

    @property
    def whole(self) -> bool:
        """Whether the data are whole numbers."""
        return self.token is not None or self.point is not None


@dataclass(frozen=True, slots=True)
class EquationInfo:
    """An equation as its reader knows it: `text` is printed from the tree, never copied from the file."""

    name: str
    node: int
    domain: Domain
    text: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class OutputInfo:
    """A value that a call returns, on `domain` (which may be larger than the node's own minimal domain)."""

    name: str
    node: int
    domain: Domain


@dataclass(frozen=True)
class RecurrenceGraph:
    """Nodes by id (in an order that is the same on every run), and what they mean to the outside.

    `outputs` holds, by name: `loss` (scalar, no batch), `NAME.nll` and `NAME.weight` for every random equation (sums
    over the batch, from which the loss is made), its distribution parameters `NAME.logits`, `NAME.mean`, ..., declared
    outputs, and after `differentiate` the gradients `d loss/d NAME`.
    """

    name: str
    dims: Mapping[str, int | None]
    fixed_dims: frozenset[str]
    indices: tuple[Index, ...]
    params: Mapping[str, ParamInfo]
    inputs: Mapping[str, InputInfo]
    nodes: Mapping[int, Node]
    outputs: Mapping[str, OutputInfo]
    equations: Mapping[str, EquationInfo] = field(default_factory=dict)

    @cached_property
    def network(self) -> "nx.MultiDiGraph[int]":
        """The graph for networkx: edges run from operand to user, with the operand's place as `slot`."""
        import networkx as nx  # noqa: PLC0415 (compiling needs no networkx, which takes long to import)

        network: nx.MultiDiGraph[int] = nx.MultiDiGraph()
        network.add_nodes_from((number, {"node": node}) for number, node in self.nodes.items())
        network.add_edges_from(
            (operand, number, {"slot": slot})
            for number, node in self.nodes.items()
            for slot, operand in enumerate(node.operands)
        )
        return network

    @cached_property
    def users(self) -> Mapping[int, tuple[int, ...]]:
        """For every node those that have it as an operand, each once, in the graph's order."""
        found: dict[int, dict[int, None]] = {number: {} for number in self.nodes}
        for number, node in self.nodes.items():
            for operand in node.operands:
                found[operand][number] = None
        return {number: tuple(users) for number, users in found.items()}

    @cached_property
    def readers(self) -> Mapping[int, tuple[int, ...]]:
        """For every node that is read at other points the reads of it (not those that it is only the init of)."""
        found: dict[int, list[int]] = {}
        for number, node in self.nodes.items():
            if node.op is Op.READ:
                found.setdefault(node.operands[0], []).append(number)
        return {number: tuple(reads) for number, reads in found.items()}

    @cached_property
    def maxima(self) -> Mapping[int, Over]:
        """What the nodes run over that take a maximum: over points, one has to be there."""
        nodes = ((number, node) for number, node in self.nodes.items() if node.op is Op.MAX)
        return {number: node.attr for number, node in nodes if isinstance(node.attr, Over)}

    @cached_property
    def ragged(self) -> Domain:
        """The ragged indices: those of values, and those that nodes name."""
        found = {index for node in self.nodes.values() for index in node.domain if index.ragged}
        for node in self.nodes.values():
            match node.attr:
                case Index(ragged=True) as index:
                    found.add(index)
                case Over(indices):
                    found.update(index for index in indices if index.ragged)
                case _:
                    pass
        return ordered(found)

    @cached_property
    def returned(self) -> frozenset[int]:
        """The nodes that are outputs."""
        return frozenset(output.node for output in self.outputs.values())

    @cached_property
    def components(self) -> tuple[tuple[int, ...], ...]:
        """Strongly connected components, operands before users; members in the graph's order."""
        return condense(self, self.nodes)

    def is_cyclic(self, component: tuple[int, ...]) -> bool:
        """Whether a component needs a loop: several nodes, or one that reads itself."""
        return len(component) > 1 or component[0] in self.nodes[component[0]].operands


def condense(
    graph: RecurrenceGraph, members: Collection[int], ignored: Collection[tuple[int, int]] = ()
) -> tuple[tuple[int, ...], ...]:
    """Return the strongly connected components among `members`, operands before users, in a stable order.

    Edges in `ignored`, as (user, operand), do not count.
    """
    chosen = sorted(members)
    inside, skipped = set(chosen), set(ignored)
    needs = {
        user: [o for o in graph.nodes[user].operands if o in inside and (user, o) not in skipped] for user in chosen
    }
    found = [sorted(component) for component in strong_components(chosen, needs.__getitem__)]
    return tuple(map(tuple, in_order(found, needs)))
