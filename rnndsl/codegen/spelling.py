"""What things are called in a generated function: sizes, the points of layouts, and the shapes of arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnndsl.codegen.names import Names
from rnndsl.codegen.text import as_tuple, quoted
from rnndsl.graph.node import Node
from rnndsl.indices import Domain, Index
from rnndsl.ops import Op
from rnndsl.schedule.layouts import usual_layouts
from rnndsl.schedule.plan import Layout, Place, Schedule, Storage
from rnndsl.sizes import Size


@dataclass
class Spelling:
    """The schedule of a function, and what its sizes and points are called; `laid_out` are all layouts so far."""

    schedule: Schedule
    names: Names
    labels: Mapping[int, str]
    sizes: Mapping[str, Size]
    dims: Mapping[str, int]
    printed: dict[Size, str] = field(default_factory=dict)
    laid_out: dict[Layout, str] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)  # numbers of steps that have names

    @property
    def graph_nodes(self) -> Mapping[int, Node]:
        """The nodes by number."""
        return self.schedule.graph.nodes

    def node(self, number: int) -> Node:
        """Return a node."""
        return self.schedule.graph.nodes[number]

    def storage(self, number: int) -> Storage:
        """Return where a node's value lives."""
        return self.schedule.storage[number]

    def size(self, size: Size) -> str:
        """Print a size with the module's names of the dimensions."""
        text = self.printed.get(size)
        if text is None:
            text = self.printed[size] = str(size.substitute(self.sizes)).replace("*", " * ")
        return text

    def span(self, start: Size, stop: Size) -> str:
        """Print a slice, spaced as formatters do."""
        low, high = self.size(start), self.size(stop)
        return f"{low} : {high}" if " " in low + high else f"{low}:{high}"

    def points(self, layout: Layout) -> str:
        """Return the variable of the points of a layout."""
        named = "_".join([*(index.name.rsplit(".", 1)[-1] for index in layout.indices), *layout.when])
        name = self.names(("points", layout.chain.name if layout.chain else layout), named)
        return self.laid_out.setdefault(layout, name)

    def tree(self, index: Index) -> str:
        """Return the variable of the trees or dags that an index runs over, or whose children it does."""
        owner = index.of or index
        return self.names(("tree", owner.name), f"{owner.name.rsplit('.', 1)[-1]}_tree")

    def layout(self, number: int) -> Layout | None:
        """Return the layout of a node's rows; None for rows that are examples, or none at all."""
        return self.schedule.layouts[number]

    def usual_layout(self, indices: Domain) -> Layout:
        """Return the layout of points of ragged indices outside loops."""
        return usual_layouts(self.schedule.graph, self.schedule.steps)(indices)

    def place(self, layout: Layout, index: Index) -> str:
        """Return the places of a layout's points along an index, counted from 0."""
        points = self.points(layout)
        return f"{points}.step" if layout.chain else f"{points}.place[{quoted(index.name)}]"

    def trailing(self, node: Node) -> list[str]:
        """Return the extents of all axes but the rows, as text."""
        ranges = [self.size(index.extent) for index in node.domain if not index.ragged]
        return ranges + [self.size(size) for size in node.shape]

    def shape(self, number: int) -> str:
        """Return the whole shape of a node's array as the text of a tuple."""
        node, rows = self.node(number), self.layout(number)
        lead = [f"{self.points(rows)}.size"] if rows else ["batch"] if node.batch else []
        return as_tuple(lead + self.trailing(node))

    def widest(self, layout: Layout | None) -> str:
        """Return how many rows a step has at most in a layout."""
        return "batch" if layout is None or layout.chain else f"{self.points(layout)}.widest"

    def source(self, number: int) -> int:
        """Follow broadcasts that are never made: the node whose array stands for this one."""
        while self.node(number).op is Op.BROADCAST and self.storage(number).place is Place.VIEW:
            number = self.node(number).operands[0]
        return number
