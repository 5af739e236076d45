"""The text of one kernel: loops over rows, over ranges, and in every row stage by stage over components.

Names of elements end in `_j`, of numbers of a row in `_r`; `_row` is a vector of the row, `_0`, `_1`, ... are lanes of
one. Elements that somebody reads after the kernel, or in a later stage, are stored at the end of a turn of the loop;
of a sum over rows they are added to what is there.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, cast

from rnndsl.codegen.context import Context
from rnndsl.codegen.fusion import frame_of
from rnndsl.codegen.kernel_rows import grown_rows, is_grown, is_shared, place_in_whole, row_table, terms_layout
from rnndsl.codegen.kernels import Fusing
from rnndsl.codegen.lanes import Stage, constant_of, crossing, part_of, ratio
from rnndsl.codegen.names import Names
from rnndsl.codegen.prelude_text import PRELUDE_NAMES
from rnndsl.codegen.text import Axis, number_text
from rnndsl.graph.node import Segments
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Layout, Place
from rnndsl.sizes import Size

#: Makes a node's buffer and returns its text.
Target = Callable[[Context, int], str]

#: Operators as expressions; every operand is a name, a number or an element.
EXPRESSIONS: Final[Mapping[Op, str]] = {
    Op.NEG: "-{0}",
    Op.TANH: "fast_tanh({0})",
    Op.SIGMOID: "fast_sigmoid({0})",
    Op.RELU: "DTYPE(0) if {0} < DTYPE(0) else {0}",
    Op.EXP: "fast_exp({0})",
    Op.SQRT: "np.sqrt({0})",
    Op.ABS: "np.abs({0})",
    Op.NOT: "not {0}",
    Op.NUMBER: "DTYPE(max({0}, -1))",
    Op.STOP: "{0}",
    Op.BROADCAST: "{0}",
    Op.CONCAT: "{0}",
    Op.SLICE: "{0}",
    Op.SUB: "{0} - {1}",
    Op.MUL: "{0} * {1}",
    Op.DIV: "{0} / {1}",
    Op.MINIMUM: "{0} if {0} < {1} or {0} != {0} else {1}",
    Op.MAXIMUM: "{0} if {0} > {1} or {0} != {0} else {1}",
    Op.LESS: "{0} < {1}",
    Op.LESS_EQUAL: "{0} <= {1}",
    Op.EQUAL: "{0} == {1}",
    Op.AND: "{0} and {1}",
    Op.OR: "{0} or {1}",
    Op.WHERE: "{1} if {0} else {2}",
}

#: What stands between the operands of operators that have any number of them.
JOINED: Final[Mapping[Op, str]] = {Op.ADD: " + ", Op.CONTRACT: " * "}

LOOPS: Final = frozenset({"r", "i", "j", "k"})


class KernelText:
    """A kernel while it is written; afterwards `dims` and `arrays` are what it is given, arrays by what they are."""

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
        self.kept = {*kept, *crossing(c, stages)}
        self.names = Names({*PRELUDE_NAMES, *LOOPS, *(name for size in c.sizes.values() for name in size.dims)})
        self.dims: dict[str, None] = {}
        self.arrays: dict[str, str] = {}
        self.loops: dict[Axis, str] = {"rows": "r"}
        self.shared: dict[str, str] = {}  # by array: the row that a row of the kernel shares
        self.rowed: list[str] = []  # arrays with the kernel's own rows
        self.summed: set[int] = set()
        self.clear: list[str] = []  # before the loop over rows
        self.tail: list[str] = []  # behind it
        self.head: dict[str, None] = {}
        self.views: dict[str, None] = {}
        self.place = 0
        self.lines: list[str] = []  # of the open stage: numbers of the row
        self.turn: list[str] = []  # of its loop
        self.stores: list[str] = []
        self.read: set[str] = set()
        self.said = ""

    # The whole --------------------------------------------------------------------------------------------------------

    def print(self, comment: Callable[[int], str]) -> list[str]:
        """Return the lines of the function's body."""
        heads = self._loop_heads()
        body: list[str] = []
        for place, stage in enumerate(self.stages):
            self.place = place
            body += self._stage(stage, comment)
        body = [*self.views, *body]
        for head in reversed(heads):
            body = [head, *(f"    {line}" for line in body)]
        rows = f"for r in range(len({self._rowed()})):"
        return [*self.head, *self.clear, rows, *(f"    {line}" for line in body), *self.tail]

    def _loop_heads(self) -> list[str]:
        """Open the loops around components but that over rows."""
        heads = []
        for index in self.frame.ranges:
            self.loops[index] = self.names(("loop", index), f"k_{index.name.rsplit('.', 1)[-1]}")
            heads.append(f"for {self.loops[index]} in range({self.size(index.extent)}):")
        if self.frame.lead is not None:
            self.loops["0"] = "i"
            heads.append(f"for i in range({self.size(self.frame.lead)}):")
        return heads

    def _rowed(self) -> str:
        """Return an array that has all rows: whatever is stored, if it is."""
        stored = (n for n in self.stage_of if n in self.kept and terms_layout(self.c, n) is None)
        first = next(stored, None)
        return self.arrays[self._home(first)[0]] if first is not None else self.rowed[0]

    def _stage(self, stage: Stage, comment: Callable[[int], str]) -> list[str]:
        self.lines, self.turn, self.stores, after = [], [], [], []
        for number in (n for n in self.stage_of if self.stage_of[n] == self.place):
            in_loop = number in stage.columns
            text = comment(number)
            if text and text != self.said:
                (self.turn if in_loop else self.lines).append(f"# {text}")
                self.said = text
            if not in_loop:
                self._number(number)
            elif self.c.node(number).shape:
                self._vector(number, stage.unit)
            else:
                self._sum(number, stage.unit)
                after += self._stored(number)
        loop = [f"for j in range({self.size(stage.unit)}):"] if stage.columns else []
        return [*self.lines, *loop, *(f"    {line}" for line in self.turn + self.stores), *after]

    # Nodes ------------------------------------------------------------------------------------------------------------

    def _number(self, number: int) -> None:
        """Write a number of the row."""
        self.lines.append(f"{self._name(number)} = {self._expression(number, self.c.node(number).op, None)}")
        self.lines += self._stored(number)

    def _stored(self, number: int) -> list[str]:
        """Return the storing of a number of the row."""
        if number not in self.kept:
            return []
        text, whole, _ = self._home(number)
        return [f"{self._number_of(text, whole)} {self._sign(number)} {self._name(number)}"]

    def _sum(self, number: int, unit: Size) -> None:
        """Write a sum over components, or of products of components."""
        name, node = self._name(number), self.c.node(number)
        self.lines.append(f"{name} = DTYPE(0)")
        count = cast("int", ratio(self.c.node(node.operands[0]).shape[0], unit))
        lanes = [" * ".join(self._operand(o, unit * lane) for o in node.operands) for lane in range(count)]
        self.turn.append(f"{name} += {' + '.join(lanes)}")

    def _vector(self, number: int, unit: Size) -> None:
        """Write a vector, lane by lane."""
        node = self.c.node(number)
        for lane in range(cast("int", ratio(node.shape[-1], unit))):
            name = self._name(number, unit * lane)
            self.turn.append(f"{name} = {self._expression(number, self._op(number, lane, unit), unit * lane)}")
            if number in self.kept:
                text, whole, start = self._home(number)
                store = f"{self._vector_of(text, whole, start + unit * lane)}[j] {self._sign(number)} {name}"
                self.stores.append(store)

    def _sign(self, number: int) -> str:
        """Return how a value is stored: a sum over rows is added up, from zero on or from what it was before."""
        if terms_layout(self.c, number) is None:
            return "="
        if number not in self.summed and not is_grown(self.c, number):
            self._clear(number)
        self.summed.add(number)
        return "+="

    def _clear(self, number: int) -> None:
        """Let a sum over rows begin with zeros. Loops of numbers are compiled faster than slices are."""
        text, whole, start = self._home(number)
        name, shape = self.arrays[text], self.c.node(number).shape
        if self.frame.ranges:
            part = f"..., {self.c.span(start, start + shape[0])}" if self.c.node(whole).shape != shape else "..."
            self.clear.append(f"{name}[{part}] = DTYPE(0)")
        elif shape:
            stop = self.size(start + shape[0])
            span = f"{self.size(start)}, {stop}" if start.terms else stop
            inside = (f"    for j in range({span}):", f"        {name}[r, j] = DTYPE(0)")
            self.clear += [f"for r in range(len({name})):", *inside]
        else:
            self.clear += [f"for r in range(len({name})):", f"    {name}[r] = DTYPE(0)"]

    def _op(self, number: int, lane: int, unit: Size) -> Op:
        """Return the operator of a lane."""
        node, place = self.c.node(number), 0
        if node.op is not Op.ACTIVATE:
            return node.op
        for op, size in cast("Segments", node.attr):
            place += cast("int", ratio(size, unit))
            if lane < place:
                return op
        raise ValueError("segments cover the vector")

    def _expression(self, number: int, op: Op, lane: Size | None) -> str:
        node = self.c.node(number)
        if op is Op.CONCAT and lane is not None:
            operand, inside = self._piece(node.operands, lane)
            return self._operand(operand, inside)
        if op is Op.SLICE and lane is not None:
            lane = lane + cast("Size", node.attr)
        operands = [self._operand(operand, lane) for operand in node.operands]
        if op in JOINED:
            return JOINED[op].join(operands)
        if op is Op.SEEN:
            present = "{0} >= 0" if self.c.node(node.operands[0]).dtype is DType.INT else "{0} == {0}"
            return present.format(*operands)
        return EXPRESSIONS[op].format(*operands)

    def _piece(self, operands: Sequence[int], lane: Size) -> tuple[int, Size]:
        """Return which part of a concatenation a lane belongs to, and which lane of it it is."""
        unit, start = self.stages[self.place].unit, Size()
        place = cast("int", ratio(lane, unit))
        for operand in operands:
            size = self.c.node(operand).shape[0]
            if place < cast("int", ratio(start + size, unit)):
                return operand, lane - start
            start = start + size
        raise ValueError("parts cover the vector")

    # Operands ---------------------------------------------------------------------------------------------------------

    def _operand(self, operand: int, lane: Size | None) -> str:
        """Return an operand's element: of a lane, or of the row."""
        part = part_of(self.c, operand, self.frame.layout)
        node = self.c.node(part.number)
        if self.c.storage(part.number).place is Place.INLINE:
            return self._inline(part.number)
        if not node.shape:
            return self._name(part.number) if part.number in self.stage_of else self._row_number(part.number)
        if lane is None:
            raise TypeError("a number of the row reads no vector")
        value = constant_of(self.c, part, lane, self.stages[self.place].unit)
        if value is not None:
            return f"DTYPE({number_text(value)})"
        if self.stage_of.get(part.number) == self.place:
            return self._name(part.number, part.start + lane)
        text, whole, start = self._home(part.number)
        return f"{self._vector_of(text, whole, start + part.start + lane)}[j]"

    def _inline(self, number: int) -> str:
        node = self.c.node(number)
        match node.op, node.attr:
            case Op.SIZE, Size() as size:
                return f"DTYPE({self.size(size)})"
            case Op.FRESH, _:
                return self.arrays.setdefault("fresh", self.names("fresh", "is_fresh"))
            case _, value:
                return f"DTYPE({number_text(value)})"

    def _row_number(self, number: int) -> str:
        """Return a number that was there before the kernel."""
        text, whole, _ = self._home(number)
        name = self.names(("value", number), f"{self.c.label(number)}_r")
        line = f"{name} = {self._number_of(text, whole)}"
        if self._places(text, whole):
            if name not in self.read:
                self.read.add(name)
                self.lines.append(line)
        else:
            self.head[line] = None
        return name

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
        row = self.names(("row", table), f"r_{name}")
        self.views[f"{row} = {self.arrays[table]}[r]"] = None
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
            loop = f"for j in range(len({names[1]})):"
            self.clear += [loop, f"    {names[1]}[j] = DTYPE(0)"]
            self.tail += [loop, f"    {names[0]}[j] += {names[1]}[j]"]
        return part, number, Size()

    def _name_array(self, text: str, owner: int) -> None:
        if text not in self.arrays:
            self.arrays[text] = self.names(("array", text), self.c.label(owner))
            self.fusing.plain.add(owner)

    def _places(self, text: str, owner: int) -> list[str]:
        axes = [axis for axis in self.c.axes(owner) if axis in self.loops]
        if "rows" in axes and text not in self.shared:
            self.rowed.append(self.arrays[text])
        return [self.shared.get(text, "r") if axis == "rows" else self.loops[axis] for axis in axes]

    def _number_of(self, text: str, owner: int) -> str:
        return f"{self.arrays[text]}[{', '.join(self._places(text, owner)) or '()'}]"

    def _vector_of(self, text: str, owner: int, start: Size) -> str:
        """Return a lane of an array in the row, as a vector of its own."""
        unit, name = self.stages[self.place].unit, self.arrays[text]
        places, length = self._places(text, owner), self.c.node(owner).shape[-1]
        if length == unit:
            if not places:
                return name
            view = self.names(("view", text), f"{name}_row")
            line = f"{view} = {name}[{', '.join(places)}]"
        else:
            self.size(start + unit)
            lane = ratio(start, unit)
            view = self.names(("view", text, start, unit), f"{name}_{'part' if lane is None else lane}")
            line = f"{view} = {name}[{', '.join([*places, self.c.span(start, start + unit)])}]"
        (self.views if places else self.head)[line] = None
        return view

    def size(self, size: Size) -> str:
        """Print a size; its dimensions are given to the kernel."""
        for name in sorted(size.substitute(self.c.sizes).dims):
            self.dims[name] = None
        return self.c.size(size)
