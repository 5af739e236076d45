"""What a kernel reads and writes: arrays, rows and lanes of them, places at other points of ranges; and their names."""

from collections.abc import Callable, Collection, Sequence
from typing import cast

from rnndsl.codegen.context import Context
from rnndsl.codegen.fusion import frame_of
from rnndsl.codegen.kernel_rows import grown_rows, is_grown, is_shared, place_in_whole, row_table
from rnndsl.codegen.kernels import IDENTIFIER, Fusing
from rnndsl.codegen.lanes import Stage, crossing, ratio
from rnndsl.codegen.names import Names
from rnndsl.codegen.prelude_text import PRELUDE_NAMES
from rnndsl.codegen.text import Axis
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Affine, Index
from rnndsl.schedule.plan import Layout
from rnndsl.sizes import Size

#: Makes a node's buffer and returns its text.
Target = Callable[[Context, int], str]


class KernelArrays:
    """What a kernel reads and writes while it is written, stage by stage, and what everything is called there."""

    def __init__(
        self, c: Context, fusing: Fusing, stages: Sequence[Stage], kept: Collection[int], target: Target
    ) -> None:
        """Begin; `kept` are the nodes that others read."""
        self.c, self.fusing, self.stages, self.target = c, fusing, stages, target
        self.stage_of = {n: k for k, stage in enumerate(stages) for n in (*stage.rows, *stage.columns)}
        frame = frame_of(c, next(iter(self.stage_of)))
        if frame is None:
            raise TypeError("a kernel's nodes have rows")
        self.frame = frame
        self.kept = {*kept, *crossing(c, stages, kept)}
        self.names = Names({*PRELUDE_NAMES, *(name for size in c.sizes.values() for name in size.dims)})
        self.row, self.lead, self.column = (self.names(("loop", name), name) for name in "rij")
        self.dims: dict[str, None] = {}
        self.arrays: dict[str, str] = {}
        self.loops: dict[Axis, str] = {"rows": self.row}  # of the open stage
        self.shared: dict[str, str] = {}  # by array: the row that a row of the kernel shares
        self.rowed: list[str] = []  # arrays with the kernel's own rows
        self.summed: set[int] = set()
        self.clear: list[str] = []  # before the loop over rows
        self.tail: list[str] = []  # behind it
        self.head: dict[str, None] = {}
        self.views: dict[str, None] = {}  # of the whole row
        self.place = 0
        self.before: list[dict[str, None]] = []  # of the open stage, inside so many of its loops over ranges
        self.after: list[list[str]] = []
        self.lines: list[str] = []  # inside all of them
        self.turn: list[str] = []  # of its loop over components
        self.stores: list[str] = []
        self.calls: list[str] = []  # instead of its loops
        self.read: set[str] = set()
        self.said = ""

    def _name(self, number: int, lane: Size | None = None) -> str:
        """Return the variable of an element, or of a number of the row."""
        label = self.c.label(number)
        if lane is None:
            return self.names(("value", number), f"{label}_r")
        unit = self.stages[self.place].unit
        single = self.c.node(number).shape[-1] == unit
        return self.names(("value", number, lane), f"{label}_j" if single else f"{label}_{ratio(lane, unit)}_j")

    # Arrays -----------------------------------------------------------------------------------------------------------

    def _home(self, number: int) -> tuple[str, int, Size]:
        """Return the array that holds a node's value: its text, whose it is, and where in it the value begins."""
        bound, layout = self.c.blocks[len(self.c.path)].bound, self.c.layout(number)
        if number in self.stage_of and is_grown(self.c, number):
            return self._grown(number)
        if number in self.stage_of:
            self.target(self.c, number)
        shared = is_shared(self.c, number, self.frame.layout)
        own = ("target", number) in bound and (shared or layout == self.frame.layout)
        link, start = place_in_whole(self.c, number) if own else (number, Size())
        text = bound["target", link] if own else self.c.fitted(number, layout if shared else self.frame.layout)
        alias = self.fusing.aliases.get(text, "")
        text = alias if alias.isidentifier() else text  # one array has one name, so that nothing seems to overlap
        self._name_array(text, link)
        if shared and layout is not None and text not in self.shared:
            self.shared[text] = self._shared_row(layout)
        return text, link, start

    def _layout(self) -> Layout:
        if self.frame.layout is None:
            raise TypeError("rows that are examples have no lanes")
        return self.frame.layout

    def _shared_row(self, own: Layout) -> str:
        """Return the row of another layout that a row shares."""
        table, name = row_table(self.c, self._layout(), own), self.c.points(own)
        if table not in self.arrays:
            self.arrays[table] = self.names(("array", table), f"{name}_rows")
        row = self.names(("row", table), f"{self.row}_{name}")
        self.views[f"{row} = {self.arrays[table]}[{self.row}]"] = None
        return row

    def _grown(self, number: int) -> tuple[str, int, Size]:
        """Return the array of a sum over all steps: its rows of the step, or what the step adds to one without rows."""
        text, part = grown_rows(self.c, number, self._layout())
        self._name_array(text, number)
        if not part:
            return text, number, Size()
        self.arrays.setdefault(part, self.names(("array", part), f"{self.c.label(number)}_part"))
        names = self.arrays[text], self.arrays[part]
        if number not in self.summed:
            self.summed.add(number)
            loop = f"for {self.column} in range(len({names[1]})):"
            self.clear += [loop, f"    {names[1]}[{self.column}] = DTYPE(0)"]
            self.tail += [loop, f"    {names[0]}[{self.column}] += {names[1]}[{self.column}]"]
        return part, number, Size()

    def _clear(self, number: int) -> None:
        """Let a sum over rows begin with zeros. Loops of numbers are compiled faster than slices are."""
        text, whole, start = self._home(number)
        name, shape = self.arrays[text], self.c.node(number).shape
        rows = f"for {self.row} in range(len({name})):"
        if any(not index.ragged for index in self.c.node(number).domain):
            part = "..."
            if self.c.node(whole).shape != shape:
                self.size(start + shape[0])
                part = f"..., {self.c.span(start, start + shape[0])}"
            self.clear.append(f"{name}[{part}] = DTYPE(0)")
        elif shape:
            stop = self.size(start + shape[0])
            span = f"{self.size(start)}, {stop}" if start.terms else stop
            inside = f"for {self.column} in range({span}):", f"    {name}[{self.row}, {self.column}] = DTYPE(0)"
            self.clear += [rows, *(f"    {line}" for line in inside)]
        else:
            self.clear += [rows, f"    {name}[{self.row}] = DTYPE(0)"]

    def _name_array(self, text: str, owner: int) -> None:
        if text not in self.arrays:
            self.arrays[text] = self.names(("array", text), self.c.label(owner))
            self.fusing.plain.add(owner)

    def _place(self, text: str, axis: Axis) -> str:
        """Return the subscript of an array's rows, or of a loop."""
        if axis != "rows":
            return self.loops[axis]
        if text in self.shared:
            return self.shared[text]
        self.rowed.append(self.arrays[text])
        return self.row

    def _places(self, text: str, owner: int, shift: int | None = None) -> list[str]:
        """Return the subscripts of an array's rows and ranges; through a shift some are of another point."""
        moved = dict(cast("ReadAt", self.c.node(shift).attr).at) if shift is not None else {}
        found = []
        for axis in self.c.axes(owner):
            if isinstance(axis, Index) and axis in moved:
                found.append(self._shifted_place(axis, cast("Affine", moved[axis])))
            elif axis in self.loops:
                found.append(self._place(text, axis))
        return found

    def _shifted_place(self, index: Index, access: Affine) -> str:
        """Return the place from 0 along an index at which an access reads."""
        extent, inner = self.size(index.extent), self.stages[self.place].loops[-1]
        ahead = [term for term, sign in access.terms if term == inner and sign > 0 and term.extent == index.extent]
        rest = [(term, sign) for term, sign in access.terms if term not in ahead]
        begin = sum((term.low * sign for term, sign in access.terms), Size.of(access.offset)) - index.low
        terms = [f"{'+' if sign > 0 else '-'} {self.loops[term]}" for term, sign in rest]
        text = " ".join([self.size(begin), *terms]).removeprefix("0 + ")
        if not index.cyclic:
            return " + ".join([*(self.loops[term] for term in ahead), text]).replace("+ -", "- ")
        text = " % ".join(f"({part})" if " " in part else part for part in (text, extent))
        if not ahead:
            return text
        name = self.names(("ahead", index, access), f"{self.loops[index]}_ahead")
        self.before[self._depth([text])][f"{name} = {text}"] = None
        return f"turned({self.loops[ahead[0]]} + {name}, {extent})"

    def _depth(self, places: Sequence[str]) -> int:
        """Return inside how many of the stage's loops all of some subscripts are known."""
        words = {word for place in places for word in IDENTIFIER.findall(place)}
        return max((k for k, name in enumerate(self.loops.values()) if name in words), default=0)

    def _number_of(self, text: str, owner: int) -> str:
        return f"{self.arrays[text]}[{', '.join(self._places(text, owner)) or '()'}]"

    def _vector_of(self, text: str, owner: int, start: Size, shift: int | None = None) -> str:
        """Return a lane of an array in the row, as a vector of its own."""
        unit, name = self.stages[self.place].unit, self.arrays[text]
        places, length = self._places(text, owner, shift), self.c.node(owner).shape[-1]
        named = name if shift is None else self.c.label(shift)
        if length == unit:
            if not places:
                return name
            view = self.names(("view", text, shift), f"{named}_row")
            line = f"{view} = {name}[{', '.join(places)}]"
        else:
            self.size(start + unit)
            lane = ratio(start, unit)
            view = self.names(("view", text, start, unit, shift), f"{named}_{'part' if lane is None else lane}")
            line = f"{view} = {name}[{', '.join([*places, self.c.span(start, start + unit)])}]"
        if not places:
            self.head[line] = None
        elif places in ([self.row], [self.shared.get(text)]):
            self.views[line] = None
        else:
            self.before[self._depth(places)][line] = None
        return view

    def size(self, size: Size) -> str:
        """Print a size; its dimensions are given to the kernel."""
        for name in sorted(size.substitute(self.c.sizes).dims):
            self.dims[name] = None
        return self.c.size(size)
