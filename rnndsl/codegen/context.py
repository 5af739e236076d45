"""Where the emitter stands: which loops are open, what every value is called there, and how arrays line up.

An array's axes are: rows (the points of a ragged index, or the examples of the batch), the ranges of its domain in
canonical order, then the axes of its value. Inside a loop over a sequence the rows are those of the current step;
inside a loop over a range that axis is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rnndsl.codegen.names import Names
from rnndsl.graph.node import Node
from rnndsl.indices import Index
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Loop, Place, Schedule, Storage
from rnndsl.sizes import Size

Axis = str | Index  # "rows", "0" and "1" (value axes), or a range

DTYPES: Mapping[DType, str] = {DType.REAL: "", DType.INT: ", np.intp", DType.BOOL: ", bool"}


@dataclass
class Block:
    """Lines of one loop level, with what has been bound there.

    `preamble` comes before the loop, `rebind` where the number of rows changes, `closing` at the end of every step;
    `feeds` are variables that run with the loop.
    """

    lines: list[str] = field(default_factory=list)
    bound: dict[object, str] = field(default_factory=dict)
    preamble: list[str] = field(default_factory=list)
    rebind: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)
    feeds: dict[str, str] = field(default_factory=dict)


@dataclass
class Context:
    """Everything that emitting one function needs; `blocks` are the open levels, outermost first."""

    schedule: Schedule
    names: Names
    labels: Mapping[int, str]
    sizes: Mapping[str, Size]
    dims: Mapping[str, int]
    carried: Mapping[int, str] = field(default_factory=dict)
    path: tuple[Loop, ...] = ()
    blocks: list[Block] = field(default_factory=lambda: [Block()])
    noisy: bool = False
    printed: dict[Size, str] = field(default_factory=dict)
    condition: str = ""
    entered: dict[int, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

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

    @property
    def walked(self) -> Loop | None:
        """The open loop over a sequence, if there is one."""
        return self.path[0] if self.path and self.path[0].index.ragged else None

    def line(self, text: str) -> None:
        """Write a statement at the current level."""
        self.blocks[-1].lines.append(text)

    def helper(self, name: str) -> str:
        """Return a helper of the prelude by name and note that it is needed."""
        self.used.add(name)
        return name

    # Numbers and shapes -------------------------------------------------------------------------------------------

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

    def points(self, index: Index) -> str:
        """Return the variable of a sequence's points."""
        return self.names(("points", index.name), index.name.rsplit(".", 1)[-1])

    def rows_of(self, node: Node) -> Index | None:
        """Return the ragged index of a node's rows; None for rows that are examples, or none at all."""
        ragged = [index for index in node.domain if index.ragged]
        if len(ragged) > 1:
            raise NotImplementedError("two ragged indices on one quantity")
        return ragged[0] if ragged else None

    def trailing(self, node: Node) -> list[str]:
        """Return the extents of all axes but the rows, as text."""
        ranges = [self.size(index.extent) for index in node.domain if not index.ragged]
        return ranges + [self.size(size) for size in node.shape]

    def shape(self, node: Node) -> str:
        """Return a node's whole shape as the text of a tuple."""
        rows = self.rows_of(node)
        lead = [f"{self.points(rows)}.size"] if rows else ["batch"] if node.batch else []
        return as_tuple(lead + self.trailing(node))

    def source(self, number: int) -> int:
        """Follow broadcasts that are never made: the node whose array stands for this one."""
        while self.node(number).op is Op.BROADCAST and self.storage(number).place is Place.VIEW:
            number = self.node(number).operands[0]
        return number

    def axes(self, number: int) -> list[Axis]:
        """Return the axes of a node's array at the current level."""
        node = self.node(self.source(number))
        walked = {loop.index for loop in self.path if not loop.index.ragged}
        lead: list[Axis] = ["rows"] if node.batch else []
        ranges: list[Axis] = [index for index in node.domain if not index.ragged and index not in walked]
        return lead + ranges + [str(k) for k in range(len(node.shape))]

    # Values -------------------------------------------------------------------------------------------------------

    def label(self, number: int) -> str:
        """Return the variable of a node's whole array."""
        return self.names(("whole", number), self.labels.get(number, f"v{number}"))

    def step_label(self, number: int, depth: int) -> str:
        """Return the variable of a node's array inside `depth` open loops."""
        if depth == 0:
            return self.label(number)
        index = self.path[depth - 1].index.name.rsplit(".", 1)[-1]
        return self.names((depth, self.path[depth - 1].number, number), f"{self.label(number)}_{index}")

    def value(self, number: int) -> str:
        """Return the text of a node's array at the current level, binding a slice first where one is needed."""
        number = self.source(number)
        if self.storage(number).place is Place.INLINE:
            return self.inline(self.node(number))
        return self._at(number, len(self.path))

    def inline(self, node: Node) -> str:
        """Print a number."""
        match node.op, node.attr:
            case Op.SIZE, Size() as size:
                return f"float({self.size(size)})"
            case Op.FRESH, _:
                return "fresh"
            case _, attr:
                return number_text(attr)

    def whole(self, number: int) -> str:
        """Return a node's array at the top level."""
        return self._at(self.source(number), 0)

    def at_level(self, number: int, depth: int) -> str:
        """Return a node's array inside the outermost `depth` loops."""
        return self._at(self.source(number), depth)

    def _at(self, number: int, depth: int) -> str:
        node = self.node(number)
        known = self.blocks[depth].bound.get(("step", number))
        if depth == 0:
            return known or self.label(number)
        return known or self._sliced(number, node, self._at(number, depth - 1), depth)

    def _sliced(self, number: int, node: Node, outer: str, depth: int) -> str:
        loop, block = self.path[depth - 1], self.blocks[depth]
        name = self.step_label(number, depth)
        if not loop.index.ragged:
            if loop.index not in node.domain:
                return outer
            block.lines.append(f"{name} = {outer}[{self.subscript(node, loop.index, depth)}]")
        elif loop.index in node.domain:
            block.lines.append(f"{name} = {outer}[{self.feed(loop, 'at')}]")
        elif node.batch:
            block.rebind.append(f"{name} = {self.by_length(number, loop.index)}[:live]")
        else:
            return outer
        block.bound["step", number] = name
        return name

    def subscript(self, node: Node, index: Index, depth: int) -> str:
        """Return the subscript that takes the current point of a range loop out of an array of the level outside."""
        outside = {loop.index for loop in self.path[: depth - 1]}
        axes: list[Axis] = ["rows"] if node.batch else []
        axes += [i for i in node.domain if not i.ragged and i not in outside]
        return ", ".join([*[":"] * axes.index(index), self.counter(self.path[depth - 1]), "..."])

    def outer_value(self, number: int) -> str:
        """Return a node's array one level outside the innermost loop."""
        return self._at(self.source(number), len(self.path) - 1)

    def subscript_of(self, number: int, index: Index) -> str:
        """Return what stands in a subscript before the place along `index`, one level outside the innermost loop."""
        text = self.subscript(self.node(self.source(number)), index, len(self.path))
        return text[: -len(f"{self.counter(self.path[-1])}, ...")]

    def carry_name(self, number: int) -> str:
        """Return the name under which a quantity's last values go from chunk to chunk."""
        return self.carried[number]

    def counter(self, loop: Loop) -> str:
        """Return the variable that counts the steps of a loop from 0."""
        return self.names(("counter", loop.number), "k")

    def feed(self, loop: Loop, kind: str) -> str:
        """Return a variable that runs with a sequence loop: `at` (rows of the step), `back D`, or the counter `k`."""
        block = self.blocks[self.path.index(loop) + 1]
        name = block.feeds.get(kind)
        if name is None:
            wish = "at" if kind == "at" else f"back_{kind.split()[1]}" if kind.startswith("back") else "k"
            name = self.names(("feed", loop.number, kind), wish) if kind != "k" else self.counter(loop)
            block.feeds[kind] = name
        return name

    def by_length(self, number: int, index: Index) -> str:
        """Return a per-example array in the order of a sequence's steps (longest example first), bound before loops."""
        key = ("by", index.name, number)
        name = self.cached(key)
        if name is None:
            name = self.names(key, f"{self.label(number)}_by_{index.name}")
            target = self.blocks[1].preamble if len(self.blocks) > 1 else self.blocks[0].lines
            target.append(f"{name} = {self._at(number, 0)}[{self.points(index)}.order]")
            self.cache(key, name)
        return name

    def cached(self, key: tuple[object, ...]) -> str | None:
        """Return a variable made earlier at the top level, unless only under another condition."""
        return self.blocks[0].bound.get((*key, "")) or self.blocks[0].bound.get((*key, self.condition))

    def cache(self, key: tuple[object, ...], name: str) -> None:
        """Note a variable made at the top level under the current condition."""
        self.blocks[0].bound[(*key, self.condition)] = name

    def spread(self, number: int, index: Index) -> str:
        """Return a per-example array repeated at every point of a sequence."""
        key = ("spread", index.name, number)
        name = self.cached(key)
        if name is None:
            name = self.names(key, f"{self.label(number)}_over_{index.name}")
            self.line(f"{name} = {self.value(number)}[{self.points(index)}.example]")
            self.cache(key, name)
        return name

    def fitted(self, number: int, rows: Index | None) -> str:
        """Return a node's array with rows of the given index (at the top level examples become points)."""
        source = self.source(number)
        node = self.node(source)
        if not self.path and rows is not None and node.batch and self.rows_of(node) is None:
            return self.spread(source, rows)
        return self.value(source)

    def aligned(self, number: int, user: int) -> str:
        """Return an operand's array, with axes of length 1 where its user has axes that it lacks."""
        text = self.fitted(number, self.rows_of(self.node(user)))
        if self.storage(self.source(number)).place is Place.INLINE:
            return text
        return expanded(text, self.axes(number), self.axes(user))


def expanded(text: str, own: Sequence[Axis], wanted: Sequence[Axis]) -> str:
    """Insert axes of length 1 into an array's text so that it broadcasts to `wanted`."""
    if not own or list(own) == list(wanted[len(wanted) - len(own) :]):
        return text
    lead = next(k for k, axis in enumerate(wanted) if axis in own)
    subscript = [":" if axis in own else "None" for axis in wanted[lead:]]
    while subscript and subscript[-1] == ":" and "None" in subscript:
        subscript.pop()
    return f"{text}[{', '.join(subscript)}]"


def quoted(name: object) -> str:
    """Print a name (checked ASCII, without quotes or backslashes) as a string."""
    return f'"{name}"'


def number_text(value: object) -> str:
    """Print a number so that it reads back the same."""
    if not isinstance(value, int | float):
        raise TypeError(f"not a number: {value!r}")
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(float(value))


def as_tuple(items: Sequence[str]) -> str:
    """Print a tuple."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
