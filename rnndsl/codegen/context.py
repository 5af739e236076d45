"""Where the emitter stands: which loops are open, what every value is called there, and how arrays line up.

An array's axes are: rows (the points of ragged indices in some layout, or the examples of the batch), the ranges of its
domain in canonical order, then the axes of its value. Inside a loop over ragged indices the rows are those of the
current step; inside a loop over a range that axis is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnndsl.codegen.block import DTYPES, Block
from rnndsl.codegen.dialect import NUMPY, Dialect
from rnndsl.codegen.kernels import Fusing
from rnndsl.codegen.preparing import Preparing
from rnndsl.codegen.spelling import Spelling
from rnndsl.codegen.text import Axis, as_tuple, expanded, number_text
from rnndsl.graph.node import Node
from rnndsl.indices import Domain, Index
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Layout, Loop, Place
from rnndsl.sizes import Size


@dataclass
class Context(Spelling):
    """Everything that emitting one function needs; `blocks` are the open levels, outermost first."""

    carried: Mapping[int, str] = field(default_factory=dict)
    borders: frozenset[Layout] = frozenset()
    path: tuple[Loop, ...] = ()
    blocks: list[Block] = field(default_factory=lambda: [Block()])
    seed: str = "None"
    condition: str = ""
    entered: dict[int, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    fusing: Fusing | None = None  # of a module with kernels
    joined: frozenset[int] | None = None  # sums that parts of a batch join, of a function that takes parts
    current: int = -1  # the node that is written
    turned: frozenset[int] = frozenset()  # matrices of which products outside of loops take turned copies, too
    preparing: Preparing = field(default_factory=Preparing)
    copies: dict[str, str] = field(default_factory=dict)  # turned copies of matrices for loops, by name: their buffers
    dialect: Dialect = NUMPY

    @property
    def walked(self) -> Loop | None:
        """The open loop over ragged indices, if there is one."""
        return self.path[0] if self.path and self.path[0].ragged else None

    @property
    def counters(self) -> dict[Index, str]:
        """The variables that count the open loops over ranges, from 0."""
        return {loop.index: self.counter(loop) for loop in self.path if not loop.ragged}

    def line(self, text: str) -> None:
        """Write a statement at the current level."""
        self.blocks[-1].lines.append(text)

    def bind(self, name: str, text: str) -> None:
        """Bind a name to a view at the current level; a part of what lasts from step to step, once for all of them."""
        lasting = self.blocks[1].rebind if len(self.path) == 1 and self.walked and not self.fusing else []
        source = f"{text.partition('[')[0]} = "
        (lasting if any(line.startswith(source) for line in lasting) else self.blocks[-1].lines).append(
            f"{name} = {text}"
        )

    def helper(self, name: str) -> str:
        """Return a helper of the prelude by name and note that it is needed."""
        self.used.add(name)
        return name

    def step_layout(self, indices: Domain) -> Layout:
        """Return the layout of points of ragged indices in the steps in which the node that is written is computed."""
        if self.walked is None:
            raise ValueError("there are no steps outside loops")
        own = self.layout(self.current) if self.walked.inside else None
        return self.walked.layout(indices) if own is None else own.of(indices)

    def axes(self, number: int) -> list[Axis]:
        """Return the axes of a node's array at the current level."""
        node = self.node(self.source(number))
        lead: list[Axis] = ["rows"] if node.batch else []
        walked = self.counters
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
        return self.names((depth, self.path[depth - 1].number, number), self.step_wish(number, depth))

    def step_wish(self, number: int, depth: int = 1) -> str:
        """Return what a node's array would be called inside `depth` open loops."""
        return "_".join([self.label(number), *(i.name.rsplit(".", 1)[-1] for i in self.path[depth - 1].indices)])

    def value(self, number: int) -> str:
        """Return the text of a node's array at the current level, binding a slice first where one is needed."""
        number = self.source(number)
        return self.fitted(number, self.layout(number))

    def fitted(self, number: int, layout: Layout | None) -> str:
        """Return a node's array with the rows of a layout (examples and fewer indices are repeated)."""
        number = self.source(number)
        if self.storage(number).place is Place.INLINE:
            return self.inline(self.node(number))
        return self._at(number, len(self.path), layout)

    def inline(self, node: Node) -> str:
        """Print a number."""
        match node.op, node.attr:
            case Op.SIZE, Size() as size:
                return f"float({self.size(size)})"
            case Op.FRESH, _:
                return "fresh"
            case Op.OPTION, name:
                return str(name)
            case _, attr:
                return number_text(attr)

    def whole(self, number: int) -> str:
        """Return a node's array at the top level."""
        return self.at_level(number, 0)

    def at_level(self, number: int, depth: int) -> str:
        """Return a node's array inside the outermost `depth` loops."""
        number = self.source(number)
        return self._at(number, depth, self.layout(number))

    def _at(self, number: int, depth: int, layout: Layout | None) -> str:
        node = self.node(number)
        own = layout == self.layout(number) or not node.batch
        key = ("step", number) if own else ("step", number, layout)
        known = self.blocks[depth].bound.get(key)
        if known is not None or (own and depth == 0):
            return known or self.label(number)
        if depth == 0 and layout is not None:
            return spread(self, number, layout)
        loop = self.path[depth - 1]
        if loop.ragged:
            return in_step(self, number, layout)
        if loop.index not in node.domain:
            return self._at(number, depth - 1, layout)
        if not own and self.schedule.home.get(number, ())[:depth] == self.path[:depth] and layout is not None:
            return aligned_step(self, number, layout, depth) if self.walked else repeated(self, number, layout, depth)
        outer, name = self._at(number, depth - 1, layout), self.step_label(number, depth)
        if not own and layout is not None:  # the same value with other rows
            wish = f"{self.step_wish(number, depth)}_for_{self.points(layout)}"
            name = self.names((depth, loop.number, number, layout), wish)
        self.blocks[depth].lines.append(f"{name} = {outer}[{self.subscript(node, loop.index, depth)}]")
        self.blocks[depth].bound[key] = name
        return name

    def subscript(self, node: Node, index: Index, depth: int) -> str:
        """Return the subscript that takes the current point of a range loop out of an array of the level outside."""
        outside = {loop.index for loop in self.path[: depth - 1]}
        axes: list[Axis] = ["rows"] if node.batch else []
        axes += [i for i in node.domain if not i.ragged and i not in outside]
        return ", ".join([*[":"] * axes.index(index), self.counter(self.path[depth - 1]), "..."])

    def unwalked(self, number: int, layout: Layout | None) -> str:
        """Return a node's array with all points of the ranges that open loops walk."""
        return self._at(self.source(number), 0 if self.walked is None else 1, layout)

    def here(self, number: int, text: str) -> str:
        """Return an array with all points of a node's ranges at the current ones of those that open loops walk."""
        picks = [self.counters.get(index, ":") for index in self.node(number).domain if not index.ragged]
        return f"{text}[:, {', '.join(picks)}]" if set(picks) - {":"} else text

    def outer_value(self, number: int) -> str:
        """Return a node's array one level outside the innermost loop."""
        return self.at_level(number, len(self.path) - 1)

    def subscript_of(self, number: int, index: Index) -> str:
        """Return what stands in a subscript before the place along `index`, one level outside the innermost loop."""
        text = self.subscript(self.node(self.source(number)), index, len(self.path))
        return text[: -len(f"{self.counter(self.path[-1])}, ...")]

    def counter(self, loop: Loop) -> str:
        """Return the variable that counts the steps of a loop from 0."""
        return self.names(("counter", loop.number), "k")

    def feed(self, kind: str, layout: Layout | None, detail: str = "", *, wish: str = "") -> str:
        """Return a variable that runs with the ragged loop: rows `at`, number `live`, slices `back`, counter `k`."""
        loop, block = self.path[0], self.blocks[1]
        name = block.feeds.get((kind, layout, detail))
        if name is None:
            if kind == "k":
                name = self.counter(loop)
            elif kind == "live" and layout is not None and layout.chain:
                name = kind
            else:
                own = "" if layout is None or layout.chain else f"_{self.points(layout)}"
                name = self.names(("feed", loop.number, kind, layout, detail), f"{wish or kind}{own}")
            block.feeds[kind, layout, detail] = name
        return name

    def live(self, layout: Layout) -> str:
        """Return how many rows of a layout the current step has."""
        return self.feed("live", layout)

    def before_loops(self) -> list[str]:
        """Return the lines at the top level: those that come before the open loop."""
        return self.blocks[1].preamble if len(self.blocks) > 1 else self.blocks[0].lines

    def once(self, key: tuple[object, ...], wish: str, text: str) -> str:
        """Return a variable with a value that is made once, at the top level."""
        name = self.cached(key)
        if name is None:
            name = self.names(key, wish)
            self.before_loops().append(f"{name} = {text}")
            self.cache(key, name)
        return name

    def cached(self, key: tuple[object, ...]) -> str | None:
        """Return a variable made earlier at the top level, unless only under another condition."""
        return self.blocks[0].bound.get((*key, "")) or self.blocks[0].bound.get((*key, self.condition))

    def cache(self, key: tuple[object, ...], name: str) -> None:
        """Note a variable made at the top level under the current condition."""
        self.blocks[0].bound[(*key, self.condition)] = name

    def aligned(self, number: int, user: int) -> str:
        """Return an operand's array, with axes of length 1 where its user has axes that it lacks."""
        text = self.fitted(number, self.layout(user))
        if self.storage(self.source(number)).place is Place.INLINE:
            return text
        return expanded(text, self.axes(number), self.axes(user))

    def array(self, number: int, text: str) -> str:
        """Return an operand's text where there has to be an array: a number in the code becomes one."""
        return f"device({text})" if self.storage(self.source(number)).place is Place.INLINE else text

    def table(self, rows: str) -> str:
        """Return a table of rows for where values are: it is made on the host, and taken there once."""
        return self.once(("table", rows), f"{rows}_table", f"device({rows})") if self.dialect.apart else rows


def halo_name(c: Context, number: int) -> str:
    """Return the variable of a buffer with its halo, or of a ring."""
    return c.names(("halo", number), f"{c.label(number)}_{'ring' if c.storage(number).slots else 'all'}")


def slot(c: Context, number: int, delay: int = 0) -> str:
    """Return the rows of a ring that hold the value of the open loop's step, or of some steps before it."""
    slots, wish = c.storage(number).slots, f"ago_{delay}" if delay else "now"
    return f"{halo_name(c, number)}[{c.feed('ring', c.layout(number), f'{slots}, {delay}', wish=wish)}]"


# Rows of other layouts ----------------------------------------------------------------------------------------------


def row_map(c: Context, layout: Layout, own: Layout | None) -> str:
    """Return for every row of a layout the row of another one with fewer indices, or of the same in another order."""
    points = c.points(layout)
    if own is None:
        return f"{points}.example"
    places = ", ".join(c.place(layout, index) for index in own.indices)
    text = f"{c.points(own)}.find({points}.example, {places})"
    return c.once(("map", layout, own), f"{c.points(own)}_of_{points}", text)


def spread(c: Context, number: int, layout: Layout) -> str:
    """Return a whole array repeated at every point of a layout, or put into its order."""
    source = f"{c.whole(number)}[device({row_map(c, layout, c.layout(number))})]"
    return c.once(("spread", layout, number), f"{c.label(number)}_over_{c.points(layout)}", source)


def repeated(c: Context, number: int, layout: Layout, depth: int) -> str:
    """Repeat what a loop over a range computes at its current point for the rows of a layout with more indices."""
    name = c.names(
        (depth, c.path[depth - 1].number, number, layout), f"{c.step_wish(number, depth)}_for_{c.points(layout)}"
    )
    rows = c.table(row_map(c, layout, c.layout(number)))
    c.blocks[depth].lines.append(f"{name} = {c.at_level(number, depth)}[{rows}]")
    c.blocks[depth].bound["step", number, layout] = name
    return name


def by_lanes(c: Context, number: int, layout: Layout) -> str:
    """Return an array without the walked index in the order of a sequence's lanes (longest example first)."""
    points = c.points(layout)
    key, wish = ("by", layout, number), f"{c.label(number)}_by_{points}"
    if layout.chain:
        return c.once(key, wish, f"{c.whole(number)}[device({points}.order)]")
    rows = f"device({row_map(c, layout, c.layout(number))}[: {points}.width])"
    return c.once(key, wish, f'{c.helper("taken")}(ws, "{c.names(key, wish)}", {c.whole(number)}, {rows})')


def in_step(c: Context, number: int, layout: Layout | None) -> str:
    """Return an array's rows of the current step of the ragged loop, in the rows of a layout."""
    node, own, loop = c.node(number), c.layout(number), c.path[0]
    steps = own is not None and set(loop.indices) <= set(own.indices)
    if not node.batch or layout is None or (own == layout and not steps):
        return c.whole(number)
    if own is None or not steps:
        return _invariant(c, number, layout)
    here = c.schedule.home.get(number, ())[:1] == (loop,)
    if loop.inside and here and own != layout.of(own.indices):
        return _of_other_step(c, number, layout)
    if loop.inside and not here and own != layout:
        return _invariant(c, number, layout)
    if own.indices != layout.indices:
        return aligned_step(c, number, layout)
    block, walked = c.blocks[1], own if loop.inside else loop.layout(own.indices)
    name = c.step_label(number, 1)
    if c.storage(number).place is Place.RING:
        block.lines.append(f"{name} = {slot(c, number)}")
    else:
        outer = c.whole(number) if own == walked else spread(c, number, walked)
        block.lines.append(f"{name} = {outer}[{c.feed('at', walked)}]")
    block.bound["step", number] = block.bound["step", number, layout] = name
    return name


def _invariant(c: Context, number: int, layout: Layout) -> str:
    """Return what no step changes: the first lanes of a walk along a sequence, else the step's part of all rows."""
    block = c.blocks[1]
    name = c.names((1, c.path[0].number, number, layout), c.step_wish(number))
    if layout.sliced:
        block.rebind.append(f"{name} = {by_lanes(c, number, layout)}[:{c.live(layout)}]")
    else:
        block.lines.append(f"{name} = {spread(c, number, layout)}[{c.feed('at', layout)}]")
    block.bound["step", number, layout] = name
    return name


def _of_other_step(c: Context, number: int, layout: Layout) -> str:
    """Return what another walk inside the loop has computed, or is repeated by one: rows of the tape."""
    block = c.blocks[1]
    name = c.names((1, c.path[0].number, number, layout), f"{c.step_wish(number)}_for_{c.points(layout)}")
    rows = c.table(row_map(c, layout, c.layout(number)))
    block.lines.append(f"{name} = {c.whole(number)}[{rows}[{c.feed('at', layout)}]]")
    block.bound["step", number, layout] = name
    return name


def aligned_step(c: Context, number: int, layout: Layout, depth: int = 1) -> str:
    """Repeat a step's rows for the rows of a layout with more indices, inside `depth` loops if it is computed there."""
    own = c.layout(number)
    inside = c.schedule.home.get(number, ())[:depth] == c.path[:depth]
    level = depth if inside else 1
    if own is None:
        raise TypeError("examples have no steps")
    walked = layout.of(own.indices) if c.path[0].inside else c.path[0].layout(own.indices)
    rows = c.table(step_rows(c, layout, walked, row_map(c, layout, walked)))
    name = c.names((level, c.path[0].number, number, layout), f"{c.step_wish(number)}_for_{c.points(layout)}")
    text, taken = c.at_level(number, level), f"{rows}[{c.feed('at', layout)}]"
    if level == 1:
        full = c.names(("aligned", number, layout), f"{name}_step")
        extents = as_tuple([f"{c.points(layout)}.widest", *c.trailing(c.node(number))])
        buffer = full if c.node(number).dtype is not DType.REAL else c.blocks[1].room()
        c.blocks[1].preamble.append(f'{full} = ws("{buffer}", {extents}{DTYPES[c.node(number).dtype]})')
        c.blocks[1].rebind.append(f"{name} = {full}[:{c.live(layout)}]")
        c.blocks[1].lines.append(f'xp.take({text}, {taken}, axis=0, out={name}, mode="clip")')
    else:
        c.blocks[level].lines.append(f"{name} = {text}[{taken}]")
    c.blocks[level].bound["step", number, layout] = name
    return name


def step_rows(c: Context, layout: Layout, own: Layout, rows: str, ranges: int = 0) -> str:
    """Return rows of a layout counted from the beginning of their step, for every row of another one.

    `rows` has that many axes of ranges besides.
    """
    step = f"{c.points(layout)}.step[:{', None' * ranges}]" if ranges else f"{c.points(layout)}.step"
    text = f"{rows} - np.asarray({c.points(own)}.offsets)[{step}]"
    return c.once(("step rows", layout, own, rows), f"{rows}_in_step", text)
