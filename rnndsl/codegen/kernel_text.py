"""The text of one kernel: a loop over rows, and in every row stage by stage loops over ranges and components.

Names of elements end in `_j`, of numbers of a row, or of a point of its ranges, in `_r`; `_row` is a vector of the row,
`_0`, `_1`, ... are lanes of one. What somebody reads after the kernel, or in a later stage, is stored at the end of a
turn of the loop; of a sum over rows it is added to what is there. A sum over ranges or components is a register where
its loops are the innermost ones, and grows in its buffer otherwise.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from rnndsl.codegen.kernel_arrays import KernelArrays
from rnndsl.codegen.kernel_rows import is_grown, terms_layout
from rnndsl.codegen.lanes import Part, Stage, constant_of, grows, is_of_row, is_remade, part_of, ratio
from rnndsl.codegen.text import number_text
from rnndsl.graph.node import ReadAt, Segments
from rnndsl.indices import Affine, Index
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Place
from rnndsl.schedule.turns import turns_of
from rnndsl.sizes import Size

#: Operators as expressions; every operand is a name, a number or an element.
EXPRESSIONS: Final[Mapping[Op, str]] = {
    Op.NEG: "-{0}",
    Op.TANH: "fast_tanh({0})",
    Op.SIGMOID: "fast_sigmoid({0})",
    Op.RELU: "DTYPE(0) if {0} < DTYPE(0) else {0}",
    Op.EXP: "fast_exp({0})",
    Op.LOG: "fast_log({0})",
    Op.SOFTPLUS: "fast_softplus({0})",
    Op.SQRT: "np.sqrt({0})",
    Op.SIGN: "DTYPE(1) if {0} > DTYPE(0) else -DTYPE(1) if {0} < DTYPE(0) else {0}",
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
    Op.POW: "fast_power({0}, {1})",
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

#: `turned(k_m + k_m_ahead, slots)`: the innermost loop, how far ahead, and the length.
TURNED: Final = re.compile(r"turned\((\w+) \+ (\w+), (.*)\)")

#: With what a sum begins, and how it goes on.
BEGIN: Final[Mapping[Op, str]] = {Op.CONTRACT: "DTYPE(0)", Op.MAX: "-DTYPE(np.inf)"}
GROW: Final[Mapping[Op, str]] = {Op.CONTRACT: "{0} += {1}", Op.MAX: "{0} = larger({1}, {0})"}


class KernelText(KernelArrays):
    """A kernel while it is written; afterwards `dims` and `arrays` are what it is given, arrays by what they are."""

    # The whole --------------------------------------------------------------------------------------------------------

    def print(self, comment: Callable[[int], str]) -> list[str]:
        """Return the lines of the function's body."""
        body: list[str] = []
        for place, stage in enumerate(self.stages):
            self.place = place
            body += self._stage(stage, comment)
        rows = f"for {self.row} in range(len({self._rowed()})):"
        return [*self.head, *self.clear, rows, *indented([*self.views, *body]), *self.tail]

    def _rowed(self) -> str:
        """Return an array that has all rows: whatever is stored, if it is."""
        stored = (n for n in self.stage_of if n in self.kept and terms_layout(self.c, n) is None)
        first = next(stored, None)
        return self.arrays[self._home(first)[0]] if first is not None else self.rowed[0]

    def _stage(self, stage: Stage, comment: Callable[[int], str]) -> list[str]:
        heads = self._open(stage)
        for number in (n for n in self.stage_of if self.stage_of[n] == self.place):
            in_loop = number in stage.columns
            text = comment(number)
            if text and text != self.said:
                (self.turn if in_loop else self.lines).append(f"# {text}")
                self.said = text
            if turns_of(self.c.schedule.graph, number).sums:
                self._sum(number, stage)
            elif in_loop:
                self._vector(number, stage.unit)
            else:
                self._number(number)
        if self.calls:
            return [*self.lines, *(line.removeprefix("    ") for line in self.turn), *self.before[0], *self.calls]
        columns = [f"for {self.column} in range({self.size(stage.unit)}):"] if stage.columns else []
        body = [*self.lines, *columns, *indented(self.turn + self.stores)]
        for before, after, head in zip(self.before[:0:-1], self.after[:0:-1], reversed(heads), strict=True):
            body = [head, *indented([*before, *body, *after])]
        return [*self.before[0], *body, *self.after[0]]

    def _open(self, stage: Stage) -> list[str]:
        """Begin a stage and return the heads of its loops, outermost first."""
        self.loops, heads = {"rows": self.row}, []
        for axis in stage.loops:
            if isinstance(axis, str):
                self.loops[axis] = self.lead
                lead = next(self.c.node(number).shape[0] for number in stage.columns)
                heads.append(f"for {self.lead} in range({self.size(lead)}):")
            else:
                self.loops[axis] = self.names(("loop", axis), f"k_{axis.name.rsplit('.', 1)[-1]}")
                heads.append(f"for {self.loops[axis]} in range({self.size(axis.extent)}):")
        self.before, self.after = [{} for _ in range(len(heads) + 1)], [[] for _ in range(len(heads) + 1)]
        self.lines, self.turn, self.stores, self.calls, self.read = [], [], [], [], set()
        return heads

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

    def _sign(self, number: int) -> str:
        """Return how a value is stored: a sum over rows is added up, from zero on or from what it was before."""
        if terms_layout(self.c, number) is None:
            return "="
        if number not in self.summed and not is_grown(self.c, number):
            self._clear(number)
        self.summed.add(number)
        return "+="

    def _sum(self, number: int, stage: Stage) -> None:
        """Write a sum, or a maximum, over ranges or components."""
        node, turns = self.c.node(number), turns_of(self.c.schedule.graph, number)
        lines, unit = self.turn if turns.columns else self.lines, stage.unit
        if stage.is_call(self.c):
            self._weighted_sum(number)
            return
        if node.shape:
            self._begin_growing(number)
            for lane in range(cast("int", ratio(node.shape[-1], unit))):
                text, whole, start = self._home(number)
                target = f"{self._vector_of(text, whole, start + unit * lane)}[{self.column}]"
                lines.append(GROW[node.op].format(target, self._term(number, unit * lane)))
            return
        target = self._name(number)
        if grows(self.c, number):
            self._begin_growing(number)
            text, whole, _ = self._home(number)
            target = self._number_of(text, whole)
        else:
            depth = 1 + max((k for k, axis in enumerate(turns.loops) if axis not in turns.gone), default=-1)
            begin = f"{target} = {BEGIN[node.op]}"
            if depth == len(turns.loops):
                self.lines.append(begin)
            else:
                self.before[depth][begin] = None
            self.after[depth] += self._stored(number)
        longest = max((self.c.node(operand).shape for operand in node.operands), key=len)
        lanes = cast("int", ratio(longest[-1], unit)) if turns.summed else 1
        terms = [self._term(number, unit * lane if turns.summed else None) for lane in range(lanes)]
        if node.op is Op.CONTRACT:
            terms = [" + ".join(terms)]
        lines += [GROW[node.op].format(target, term) for term in terms]

    def _weighted_sum(self, number: int) -> None:
        """Write the sum of the vectors of a range with weights as one call."""
        node, (gone,) = self.c.node(number), turns_of(self.c.schedule.graph, number).gone
        given = []
        for operand in sorted(node.operands, key=lambda operand: len(self.c.node(operand).shape)):
            text, whole, _ = self._home(part_of(self.c, operand, self.frame.layout).number)
            axes = [axis for axis in self.c.axes(whole) if axis in self.loops and axis != gone]
            places = [self._place(text, axis) for axis in axes]
            given.append(f"{self.arrays[text]}[{', '.join(places)}]" if places else self.arrays[text])
        text, whole, start = self._home(number)
        out = self._vector_of(text, whole, start)
        self.calls.append(f"weighted_sum({', '.join(given)}, {out})")

    def _term(self, number: int, lane: Size | None) -> str:
        """Return what a sum adds in a turn."""
        return " * ".join(self._operand(operand, lane) for operand in self.c.node(number).operands)

    def _begin_growing(self, number: int) -> None:
        """Write how a sum that grows in its buffer begins: all of the row's numbers."""
        text, whole, start = self._home(number)
        node, axes = self.c.node(number), [axis for axis in self.c.axes(whole) if axis in self.loops]
        inner = axes if node.shape else axes[:-1]
        row = f"{self.arrays[text]}[{', '.join(self.loops[axis] for axis in inner)}]"
        if node.shape and self.c.node(whole).shape != node.shape:
            self.size(start + node.shape[-1])
            row = f"{row[:-1]}, {self.c.span(start, start + node.shape[-1])}]"
        lines = [f"fill({row}, {BEGIN[node.op]})"]
        for axis in reversed(inner[1:]):
            size = axis.extent if isinstance(axis, Index) else node.shape[0]
            lines = [f"for {self.loops[axis]} in range({self.size(size)}):", *indented(lines)]
        self.before[0]["\n".join(lines)] = None

    def _vector(self, number: int, unit: Size) -> None:
        """Write a vector, lane by lane."""
        node = self.c.node(number)
        for lane in range(cast("int", ratio(node.shape[-1], unit))):
            name = self._name(number, unit * lane)
            self.turn.append(f"{name} = {self._expression(number, self._op(number, lane, unit), unit * lane)}")
            if number in self.kept:
                text, whole, start = self._home(number)
                vector = self._vector_of(text, whole, start + unit * lane)
                self.stores.append(f"{vector}[{self.column}] {self._sign(number)} {name}")

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
            here = self.stage_of.get(part.number)
            own = here == self.place or (here is not None and is_of_row(self.c, part.number))
            return self._name(part.number) if own and part.shift is None else self._row_number(part)
        if lane is None:
            raise TypeError("a number of the row reads no vector")
        value = constant_of(self.c, part, lane, self.stages[self.place].unit)
        if value is not None:
            return f"DTYPE({number_text(value)})"
        here = self.stage_of.get(part.number)
        if here == self.place:
            return self._name(part.number, part.start + lane)
        if here is not None and part.number not in self.kept and is_remade(self.c, part.number):
            return self._again(part.number, part.start + lane)
        text, whole, start = self._home(part.number)
        return f"{self._vector_of(text, whole, start + part.start + lane, part.shift)}[{self.column}]"

    def _again(self, number: int, lane: Size) -> str:
        """Return an element that an earlier stage has made, too."""
        name = self._name(number, lane)
        if name not in self.read:
            self.read.add(name)
            self.turn.append(f"{name} = {self._expression(number, self.c.node(number).op, lane)}")
        return name

    def _inline(self, number: int) -> str:
        node = self.c.node(number)
        match node.op, node.attr:
            case Op.SIZE, Size() as size:
                return f"DTYPE({self.size(size)})"
            case Op.FRESH, _:
                return self.arrays.setdefault("fresh", self.names("fresh", "is_fresh"))
            case _, value:
                return f"DTYPE({number_text(value)})"

    def _row_number(self, part: Part) -> str:
        """Return a number that was there before the stage, perhaps at another point of a range."""
        text, whole, _ = self._home(part.number)
        number = part.number if part.shift is None else part.shift
        name = self.names(("value", number), f"{self.c.label(number)}_r")
        places = self._places(text, whole, part.shift)
        if not places:
            self.head[f"{name} = {self.arrays[text]}[()]"] = None
        elif name not in self.read:
            self.read.add(name)
            value = f"{self.arrays[text]}[{', '.join(places)}]"
            if part.shift is not None:
                value = self._turned(part.shift, text, places) or self._inside(part.shift, value)
            self._load(f"{name} = {value}", self._depth([value]))
        return name

    def _turned(self, shift: int, text: str, places: Sequence[str]) -> str:
        """Return an element of a row that was turned before the innermost loop, which goes along it.

        It is "" where the read does something else. Such rows are copied: LLVM vectorises no loop with a jump in it.
        """
        inner = list(self.loops.values())[-1]
        found = TURNED.fullmatch(places[-1])
        if found is None or found[1] != inner or inner in " ".join(places[:-1]):
            return ""
        wish = self.c.label(shift)
        scratch = self.c.once(("turned", shift), wish, f'ws("{wish}", ({found[3]},))')
        self._name_array(scratch, shift)
        row = f"{self.arrays[text]}[{', '.join(places[:-1])}]"
        self.before[len(self.loops) - 2][f"turn({row}, {found[2]}, {self.arrays[scratch]})"] = None
        return f"{self.arrays[scratch]}[{inner}]"

    def _load(self, line: str, depth: int) -> None:
        """Write a line inside so many of the loops over ranges."""
        if depth == len(self.before) - 1:
            self.lines.append(line)
        else:
            self.before[depth][line] = None

    def _inside(self, shift: int, value: str) -> str:
        """Return a number at another point of a range, or what stands for it where there is no such point."""
        node, conditions = self.c.node(shift), []
        for index, access in cast("ReadAt", node.attr).at:
            if not index.cyclic:
                place = self._shifted_place(index, cast("Affine", access))
                conditions.append(f"0 <= {place} < {self.size(index.extent)}")
        if not conditions:
            return value
        init = self._operand(node.operands[1], None) if len(node.operands) > 1 else "DTYPE(0)"
        return f"{value} if {' and '.join(conditions)} else {init}"


def indented(lines: Sequence[str]) -> list[str]:
    """Return lines inside a block."""
    return [f"    {part}" for line in lines for part in line.split("\n")]
