"""Copies of matrices for the products of a loop, made once before it: transposed, in wider buffers, or in panels."""

from dataclasses import dataclass

from rnndsl.codegen.context import Context
from rnndsl.schedule.plan import Layout


@dataclass(frozen=True, slots=True)
class Array:
    """An array's text and the names of its axes; `number` is the node, if the text is the node's own array."""

    text: str
    axes: tuple[str, ...]
    number: int | None = None


def transposed(c: Context, text: str, number: int) -> str:
    """Return a transposed copy of a matrix, made once before the loop: products in it are faster with it.

    It is part of a wider buffer: BLAS goes down its columns, and rows a power of two apart share few sets of a cache.
    One of parameters alone is made with what else they make.
    """
    made = (f"{text}.shape[::-1]", f"len({text})", f"{c.helper('transpose')}({text}, {{}})")
    return copied_once(c, (("transposed", number), number), f"{text}_T", made)


def copied_once(c: Context, key: tuple[tuple[object, ...], int | None], wish: str, made: tuple[str, str, str]) -> str:
    """Return a copy of a matrix in a wider buffer: of a shape, as many columns, and the statement that fills it."""
    name = c.cached(key[0])
    if name is None:
        name, wide = c.names(key[0], wish), c.names(("wide", *key[0]), f"{wish}_wide")
        target = c.preparing.lines if is_prepared(c, key[1]) else c.before_loops()
        target += [
            f'{wide} = ws.wide("{wide}", {made[0]})',
            f"{name} = {wide}[:, : {made[1]}]",
            made[2].format(name),
        ]
        _note_copy(c, name, wide)
        c.cache(key[0], name)
    return name


def transposed_for(c: Context, rows: Array, matrix: Array) -> str:
    """Return a transposed copy of a matrix that the rows of every step are multiplied by, in panels or a wider buffer.

    Either copy is made of the matrix itself, so that there is no other one beside it.
    """
    key = ("transposed for", matrix.number, _layout_of(c, rows))
    name = c.cached(key)
    if name is None:
        name, wide = c.names(key, f"{matrix.text}_T"), c.names(("wide", *key), f"{matrix.text}_T_wide")
        counts = ", ".join(_rows_of(c, rows))
        c.before_loops().extend(
            [
                f'{wide} = {c.helper("transposed")}(ws, "{wide}", {matrix.text}, {counts}, panels=panels)',
                f"{name} = {wide}[..., : len({matrix.text})]",
            ]
        )
        _note_copy(c, name, wide)
        c.cache(key, name)
    return name


def _note_copy(c: Context, name: str, wide: str) -> None:
    """Note in which buffer a copy of a matrix is, for kernels and for what lets it go."""
    if c.fusing:
        c.fusing.wide[name] = wide
    if c.schedule.spent and not c.dialect.apart:
        c.copies[name] = wide


def is_constant(c: Context, matrix: Array) -> bool:
    """Tell whether a factor in the open loop along points is a matrix that was made before it."""
    number = matrix.number
    if c.walked is None or number is None or len(matrix.axes) != 2 or matrix.text != c.whole(number):
        return False
    return number not in c.schedule.home


def cut(c: Context, text: str, rows: Array, matrix: Array) -> str:
    """Return a matrix that the rows of every step are multiplied by, in panels where BLAS is faster with them."""
    key = ("panels", matrix.number, text, _layout_of(c, rows))
    name = c.names(key, f"{text}_panels")
    if c.schedule.spent and not c.dialect.apart and text not in c.copies:
        c.copies[name] = name
    made = f'{c.helper("cut")}(ws, "{name}", {text}, {", ".join(_rows_of(c, rows))})'
    if c.fusing:
        c.fusing.wide[name] = c.fusing.wide.get(text, text)
    return c.once(key, f"{text}_panels", f"{made} if panels else {text}")


def _layout_of(c: Context, rows: Array) -> Layout | None:
    return None if rows.number is None else c.layout(rows.number)


def _rows_of(c: Context, rows: Array) -> tuple[str, str]:
    """Return how many rows a step has at most, and all steps."""
    layout = _layout_of(c, rows)
    most = c.widest(layout)
    return most, f"{c.points(layout)}.size" if layout else most


def multiplier(c: Context, matrix: str) -> str:
    """Return what multiplies rows by a matrix that may be in panels; kernels' loops decide it call by call."""
    multiply = c.helper("multiply")  # it is part of the module where `multiplier` returns it, too
    return multiply if c.fusing else c.once(("multiplier", matrix), "times", f"{c.helper('multiplier')}({matrix})")


def is_prepared(c: Context, number: int | None) -> bool:
    """Tell whether a value is made of parameters alone, whatever is asked for."""
    return number in c.preparing.nodes and not c.condition
