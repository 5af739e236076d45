"""Calls of NumPy in loops, as short as they go: with few examples, calling takes longer than the work.

What a call takes besides is spared (times of NumPy 2.4, where the shortest call takes 0.2 us):

- a number is converted on every call (0.3 us): it becomes an array without axes before the loop;
- operands of different shapes are gone through row by row, after 0.5 us: what all rows share becomes rows, too, and a
  number per row, where there is but one row, an array without axes.
"""

import re
from collections.abc import Sequence
from typing import Final

from rnndsl.codegen.context import Context
from rnndsl.ops import DType
from rnndsl.schedule.plan import Layout

#: Elementwise functions whose operands may be numbers.
FUNCTIONS: Final = "add|divide|equal|greater_equal|less|less_equal|maximum|minimum|mod|multiply|subtract"
CALL: Final = re.compile(rf"( *xp\.(?:{FUNCTIONS})\()(.+)(, out=[^=]+\))")
NUMBER: Final = re.compile(r"(?<![^ (])(-?\d+(?:\.\d*(?:e[+-]?\d+)?|e[+-]?\d+)|float\([\w *+-]+\))(?=, |$)")
WORDS: Final = {"0.5": "half", "1.0": "one", "-1.0": "minus_one", "2.0": "two"}


def with_arrays(c: Context, lines: Sequence[str]) -> list[str]:
    """Return the lines of a loop with numbers as arrays, which are made before it."""
    return [_with_arrays(c, call) if (call := CALL.fullmatch(line)) else line for line in lines]


def _with_arrays(c: Context, call: re.Match[str]) -> str:
    start, operands, out = call.groups()
    if _flat(operands):
        operands = NUMBER.sub(lambda number: _bound(c, number[1]), operands)
    return f"{start}{operands}{out}"


def _flat(operands: str) -> bool:
    """Tell operands without calls, in which a number is an operand of its own."""
    return "(" not in operands.replace("float(", "")


def _bound(c: Context, number: str) -> str:
    """Return the name of a number as an array without axes."""
    wish = WORDS.get(number) or ("size_" if number[0] == "f" else "number_") + number.removeprefix("float(")
    return c.once(("number", number), re.sub(r"\W+", "_", wish), f"xp.full((), {number}, DTYPE)")


def operand_text(c: Context, number: int, user: int) -> str:
    """Return the text of an operand of an elementwise operator, in the user's shape where that makes calls shorter."""
    text, own, wanted = c.aligned(number, user), c.axes(number), c.axes(user)
    source, layout = c.source(number), c.layout(user)
    if layout is None or not _walks_slices(c) or c.node(source).dtype is not DType.REAL:
        return text
    if own == ["rows"] and len(wanted) == 2 and text.endswith("[:, None]"):
        return _column(c, text.removesuffix("[:, None]"), layout)
    shared = own and wanted == ["rows", *own] and text == c.whole(source) and source not in c.schedule.home
    return rows_of(c, text, layout) if shared else text


def rows_of(c: Context, text: str, layout: Layout) -> str:
    """Return what all rows share, made before the loop, for every row of the step."""
    if not _walks_slices(c):
        return text
    key, block = ("rows of", text, layout), c.blocks[1]
    if key not in block.bound:
        name = c.names(key, f"{text}_rows")
        made = f'{c.helper("over_rows")}(ws, "{name}", {text}, {c.widest(layout)}, {c.points(layout)}.size)'
        whole = c.once(key, name, made)
        block.bound[key] = c.names((c.path[0].number, *key), f"{text}_t")
        block.rebind.append(f"{block.bound[key]} = {whole}[:{c.live(layout)}]")
    return block.bound[key]


def _column(c: Context, text: str, layout: Layout) -> str:
    """Return a number for every row as a column; for one row (not for none) it is an array without axes."""
    block, key = c.blocks[1], ("column", layout)
    if key not in block.bound:
        live = c.live(layout)
        block.bound[key] = c.names((c.path[0].number, *key), "column")
        block.rebind.append(f"{block.bound[key]} = ({live}, 1) if {live} != 1 else ()")
    return f"{text}.reshape({block.bound[key]})"


def _walks_slices(c: Context) -> bool:
    """Tell loops whose steps have the same rows until examples end, and are not done by kernels."""
    loop = c.walked
    return loop is not None and loop.sliced and not loop.inside and not c.fusing
