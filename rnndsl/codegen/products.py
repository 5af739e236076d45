"""Products of arrays with named axes: one matrix product where it can be, or a stack, otherwise a sum or an einsum.

Axes of both operands and of the result are sorted into four groups: shared by all three (batch), in the left operand
and the result, in the right operand and the result, in both operands only (summed). What has all of the last three is
a stack of matrix products in any order of axes (`rnndsl/schedule/arranging.py`). Where one is empty, every number of an
operand is used once: there is nothing to gain over einsum.
"""

import re
from collections.abc import Sequence
from itertools import count

from rnndsl.codegen.context import Context
from rnndsl.codegen.matrices import (
    Array,
    copied_once,
    cut,
    is_constant,
    is_prepared,
    multiplier,
    transposed,
    transposed_for,
)
from rnndsl.ops import Op
from rnndsl.schedule.arranging import ROWS, Arrangement, arrange, is_plain


def multiply(c: Context, operands: Sequence[Array], out: Array, sizes: dict[str, str]) -> None:
    """Write the product of two arrays, or the sum of one."""
    if len(operands) == 1:
        _single(c, operands[0], out, sizes)
        return
    left, right = operands
    batch = [a for a in out.axes if a in left.axes and a in right.axes]
    summed = [a for a in left.axes if a in right.axes and a not in out.axes]
    lonely = [a for x, y in ((left, right), (right, left)) for a in x.axes if a not in y.axes and a not in out.axes]
    if not lonely and not batch and summed and _matrix_product(c, left, right, out, sizes):
        return
    if not lonely and batch and summed and batched_product(c, left, right, out):
        return
    if not lonely and not summed and _outer(c, left, right, out):
        return
    if len(summed) == 1 and _dots(c, left, right, out):
        return
    if _stacked_product(c, (left, right, out), sizes):
        return
    _einsum(c, operands, out)


def _ones(c: Context, operand: Array, place: int, sizes: dict[str, str]) -> str:
    """Return a vector of ones as long as an axis, "" where that changes from step to step.

    A product with it is a sum that BLAS computes in a third of the time that `xp.sum` takes.
    """
    size = sizes.get(operand.axes[place], "") if operand.axes[place] != "rows" else _all_rows(c, operand)
    fits = place == len(operand.axes) - 1 or len(operand.axes) == 2
    return c.once(("ones", size), "ones", f"xp.ones({size}, DTYPE)") if size and fits else ""


def _all_rows(c: Context, operand: Array) -> str:
    """Return how many rows an array with all points has, "" where it has those of a step, or of examples."""
    layout = None if operand.number is None or c.path else c.layout(operand.number)
    return f"{c.points(layout)}.size" if layout else ""


def _dots(c: Context, left: Array, right: Array, out: Array) -> bool:
    """Write the scalar products of rows; True when both are arrays of the same axes."""
    if left.axes != right.axes or left.axes[:-1] != out.axes or not out.axes:
        return False
    if not (left.text.isidentifier() and right.text.isidentifier()):
        return False
    c.line(f"xp.vecdot({left.text}, {right.text}, out={out.text})")
    return True


def _single(c: Context, operand: Array, out: Array, sizes: dict[str, str]) -> None:
    kept = [a for a in operand.axes if a in out.axes]
    if kept == list(out.axes):
        dropped = tuple(k for k, a in enumerate(operand.axes) if a not in out.axes)
        ones = _ones(c, operand, dropped[0], sizes) if len(dropped) == 1 and out.axes else ""
        if ones and dropped[0] == len(operand.axes) - 1:
            c.line(f"xp.matmul({operand.text}, {ones}, out={out.text})")
        elif ones:
            c.line(f"xp.matmul({ones}, {operand.text}, out={out.text})")
        elif dropped:
            total = "xp.add.reduce" if c.path else "xp.sum"  # the same, without a function of Python around it
            c.line(f"{total}({operand.text}, axis={dropped if len(dropped) > 1 else dropped[0]}, out={out.text})")
        else:
            c.line(f"xp.copyto({out.text}, {operand.text})")
    elif sorted(operand.axes) == sorted(out.axes):
        order = tuple(operand.axes.index(a) for a in out.axes)
        c.line(f"xp.copyto({out.text}, xp.transpose({operand.text}, {order}))")
    else:
        _einsum(c, [operand], out)


def _matrix_product(c: Context, left: Array, right: Array, out: Array, sizes: dict[str, str]) -> bool:
    """Write `out = left @ right` with axes flattened to two; True when the order of axes allows it."""
    if out.axes and out.axes[0] in right.axes:
        left, right = right, left
    only_left = tuple(a for a in left.axes if a not in right.axes)
    only_right = tuple(a for a in right.axes if a not in left.axes)
    summed = tuple(a for a in left.axes if a in right.axes)
    if out.axes != only_left + only_right:
        return False
    first = _flat(c, left, only_left, summed, sizes)
    constant = only_left == (ROWS,) and len(summed) == len(only_right) == 1 and is_constant(c, right)
    turns = constant and right.axes == only_right + summed and not is_prepared(c, right.number)
    second = transposed_for(c, left, right) if turns else _flat(c, right, summed, only_right, sizes)
    if first is None or second is None:
        return False
    target = _reshaped(out.text, only_left, only_right, sizes)
    line = f"xp.matmul({first}, {second}, out={target})"
    if constant:
        panels = second if turns else cut(c, second, left, right)
        line = f"{multiplier(c, panels)}({first}, {panels}, out={target})"
    elif only_left == (ROWS,) and len(summed) == len(only_right) == 1 and c.walked is None and _all_rows(c, left):
        line = f"{c.helper('multiply_all')}(ws, {first}, {second}, {target}, panels=panels)"
    if c.fusing and len(only_left) == len(only_right) == len(summed) == 1:
        c.fusing.products.add(line)
    c.line(line)
    return True


def _flat(c: Context, array: Array, lead: tuple[str, ...], trail: tuple[str, ...], sizes: dict[str, str]) -> str | None:
    """Return an array as a matrix `[lead, trail]`, transposed if need be; None if its axes are interleaved."""
    if array.axes == lead + trail:
        return _reshaped(array.text, lead, trail, sizes)
    if array.axes != trail + lead:
        return None
    turns = array.number is not None and (c.walked or array.number in c.turned)
    if array.number is not None and turns and len(array.axes) == 2 and array.text == c.whole(array.number):
        return transposed(c, array.text, array.number)
    text = _reshaped(array.text, trail, lead, sizes)
    return f"{text}.T" if lead and trail else text


def _stacked_product(c: Context, arrays: tuple[Array, Array, Array], sizes: dict[str, str]) -> bool:
    """Write a product whose axes stand in any order as a stack of matrix products; True where it is one."""
    left, right, out = arrays
    found = arrange(left.axes, right.axes, out.axes, [k for k in range(2) if _is_turned_once(c, arrays[k])])
    if found is None:
        return False
    if next(axis for axis in out.axes if axis not in found.stack) in found.columns:
        left, right = right, left
        found = Arrangement(found.stack, found.columns, found.summed, found.rows)
    first = _stack(c, left, (found.stack, found.rows, found.summed), sizes)
    second = _stack(c, right, (found.stack, found.summed, found.columns), sizes)
    groups = (found.stack, found.rows, found.columns)
    if not is_plain(out.axes, found.rows, found.columns):
        order = found.stack + found.rows + found.columns
        split, back = ", ".join(sizes[axis] for axis in order), tuple(map(order.index, out.axes))
        c.line(f"xp.copyto({out.text}, xp.matmul({first}, {second}).reshape({split}).transpose({back}))")
    elif not found.stack and found.rows == (ROWS,) and _is_turned_once(c, right):
        flat = Array(second, ("", ""), right.number)
        c.line(f"{c.helper('multiply')}({first}, {cut(c, second, left, flat)}, {_in_matrices(out, groups, sizes)})")
    else:
        c.line(f"xp.matmul({first}, {second}, out={_in_matrices(out, groups, sizes)})")
    return True


def _is_turned_once(c: Context, array: Array) -> bool:
    """Tell whether a copy of a factor in another order of axes is made once: before the open loop."""
    number = array.number
    if number is None or array.text != c.whole(number) or ROWS in array.axes:
        return False
    return (c.walked is not None and number not in c.schedule.home) or number in c.turned


def _stack(c: Context, array: Array, groups: tuple[tuple[str, ...], ...], sizes: dict[str, str]) -> str:
    """Return a factor as a stack of matrices: a copy that is made once, where there is one."""
    stack, one, other = groups
    own = tuple(axis for axis in stack if axis in array.axes)
    if array.axes == own + one + other and len(one) == len(other) == 1 and own in {(), stack}:
        return array.text
    if array.number is None or not _is_turned_once(c, array):
        return _in_matrices(array, groups, sizes)
    if array.axes == other + one and len(array.axes) == 2:
        return transposed(c, array.text, array.number)
    if own:
        return _in_matrices(array, groups, sizes)
    return _flattened(c, array, (one, other), sizes)


def _in_matrices(array: Array, groups: tuple[tuple[str, ...], ...], sizes: dict[str, str]) -> str:
    """Return an array as a stack of matrices; axes of the stack that it lacks have a length of 1."""
    stack, *matrix = groups
    own = [axis for axis in stack if axis in array.axes]
    order = tuple(array.axes.index(axis) for axis in (*own, *matrix[0], *matrix[1]))
    text = array.text
    if order != tuple(sorted(order)):
        text += ".T" if len(order) == 2 else f".transpose({', '.join(map(str, order))})"
    if any(len(group) > 1 for group in matrix):
        text += f".reshape({', '.join([*(sizes[axis] for axis in own), *(_joined(group, sizes) for group in matrix)])})"
    marks = [":" if axis in own else "None" for axis in stack]
    marks = marks[marks.index(":") :] if own else []
    return f"{text}[{', '.join(marks)}]" if "None" in marks else text


def _flattened(c: Context, array: Array, matrix: tuple[tuple[str, ...], tuple[str, ...]], sizes: dict[str, str]) -> str:
    """Return a copy of a family of matrices as one matrix, made once before the loop, in a wider buffer.

    See `transposed`.
    """
    order = tuple(array.axes.index(axis) for group in matrix for axis in group)
    extents = [sizes[axis] for group in matrix for axis in group]
    key = ("flattened", array.number, order, len(matrix[0]))
    height, width = (_joined(group, sizes) for group in matrix)
    split = f"{{}}.reshape({', '.join(extents)})[...] = {array.text}.transpose({', '.join(map(str, order))})"
    return copied_once(c, (key, array.number), f"{array.text}_flat", (f"({height}, {width})", width, split))


def _reshaped(text: str, lead: tuple[str, ...], trail: tuple[str, ...], sizes: dict[str, str]) -> str:
    groups = [group for group in (lead, trail) if group]
    if all(len(group) == 1 for group in groups):
        return text
    return f"{text}.reshape({', '.join(_joined(group, sizes) for group in groups)})"


def _joined(group: tuple[str, ...], sizes: dict[str, str]) -> str:
    """Return the length of several axes as one."""
    if ROWS in group:
        return "-1"
    return "*".join(f"({sizes[a]})" if " " in sizes[a] and group[1:] else sizes[a] for a in group)


def batched_product(c: Context, left: Array, right: Array, out: Array) -> bool:
    """Write a product per point: `[b, l, s] @ [b, s, r]` with missing axes inserted; True when axes are in order."""
    found = batched_operands(left, right, out)
    if found is None:
        return False
    first, second, target = found
    c.line(f"xp.matmul({first}, {second}, out={target})")
    return True


def batched_operands(left: Array, right: Array, out: Array) -> tuple[str, str, str] | None:
    """Return the two operands and the target of a product per point; None where the axes are not in order."""
    batch = tuple(a for a in out.axes if a in left.axes and a in right.axes)
    if out.axes[: len(batch)] != batch:
        return None
    if len(out.axes) > len(batch) and out.axes[len(batch)] in right.axes:
        left, right = right, left
    rows = tuple(a for a in out.axes if a in left.axes and a not in batch)
    columns = tuple(a for a in out.axes if a in right.axes and a not in batch)
    summed = tuple(a for a in left.axes if a in right.axes and a not in batch)
    if max(len(rows), len(columns), len(summed)) > 1 or not (rows or columns):
        return None
    first, second = _batched(left, batch, rows, summed), _batched(right, batch, summed, columns)
    if first is None or second is None or out.axes != batch + rows + columns:
        return None
    return first, second, out.text if rows and columns else f"{out.text}[..., {'None' if rows else 'None, :'}]"


def _batched(array: Array, batch: tuple[str, ...], lead: tuple[str, ...], trail: tuple[str, ...]) -> str | None:
    if array.axes[: len(batch)] != batch:
        return None
    rest = array.axes[len(batch) :]
    if rest == lead + trail:
        return array.text if lead and trail else f"{array.text}[..., None]" if lead else f"{array.text}[..., None, :]"
    return f"{array.text}.swapaxes(-1, -2)" if rest == trail + lead else None


def _outer(c: Context, left: Array, right: Array, out: Array) -> bool:
    """Write a product without a sum as an elementwise one."""
    texts = []
    for array in (left, right):
        if [a for a in out.axes if a in array.axes] != list(array.axes):
            return False
        lead = next((k for k, a in enumerate(out.axes) if a in array.axes), len(out.axes))
        marks = [":" if a in array.axes else "None" for a in out.axes[lead:]]
        texts.append(f"{array.text}[{', '.join(marks)}]" if "None" in marks else array.text)
    c.line(f"xp.multiply({texts[0]}, {texts[1]}, out={out.text})")
    return True


def _einsum(c: Context, operands: Sequence[Array], out: Array) -> None:
    if len(operands) == 2 and operands[0].axes == operands[1].axes == (*out.axes, *operands[0].axes[-1:]):
        c.line(f"xp.vecdot({operands[0].text}, {operands[1].text}, out={out.text})")
        return
    letters: dict[str, str] = {}
    fresh = (chr(ord("a") + k) for k in count())
    for array in operands:
        for axis in array.axes:
            letters.setdefault(axis, "") or letters.update({axis: next(fresh)})
    inputs = ",".join("".join(letters[a] for a in array.axes) for array in operands)
    result = "".join(letters[a] for a in out.axes)
    texts = ", ".join(array.text for array in operands)
    c.line(f'xp.einsum("{inputs}->{result}", {texts}, out={out.text})')


def in_one_piece(c: Context, number: int, out: str, start: int) -> None:
    """Have lines that join the axes of their buffer write to another one, where it is some of another's components.

    So are the points of a range in an open loop over it, and parts of a concatenation.
    """
    lines = c.blocks[-1].lines
    written = [line for line in lines[start:] if ".reshape(" in line]  # most nodes have no such line, and no pattern
    joins = rf"(?<![\w.]){re.escape(out)}(\.T|\.transpose\([\d, ]*\))?\.reshape\("
    if not any(re.search(joins, line) for line in written):
        return
    part, user = bool(c.counters), c.storage(number).into
    while user is not None:
        part, user = part or c.node(user).op is Op.CONCAT, c.storage(user).into
    if not part:
        return
    whole = c.names(("whole axes", number), f"{c.label(number)}_flat")
    lines[start:] = [re.sub(rf"(?<![\w.]){re.escape(out)}(?!\w)", whole, line) for line in lines[start:]]
    lines.insert(start, f"{whole} = xp.empty_like({out})")
    c.line(f"xp.copyto({out}, {whole})")
